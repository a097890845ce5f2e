"""The policy page: see the ladder, try another on recent traffic, put it in force, bring an old one back."""

from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from review.access import administered_by, admins_only, is_signed_in, source_admins_only
from review.charts.answer import answer
from review.models import Policy, Source, User
from review.policy.certification import still_holds
from review.policy.charts import charts as charts_of
from review.policy.forms import PolicyForm
from review.policy.page import context_of, whatif_of
from review.policy.risk_target_forms import RiskTargetForm
from review.registry.ladder import DEFAULT, Rung, parse, to_json
from review.registry.policies import new_version, policy_of


@admins_only
@require_safe
def show(request: HttpRequest, user: User) -> HttpResponse:
    sources = administered_by(user)
    source = get_object_or_404(sources, slug=request.GET["source"]) if "source" in request.GET else sources.first()
    if source is None:
        raise Http404
    return page(request, source)


@source_admins_only
@require_safe
def charts(request: HttpRequest, source: Source, user: User) -> HttpResponse:
    """The figure of the policy in force on recent traffic."""
    return answer(request, charts_of(source))


@source_admins_only
@require_POST
def preview(request: HttpRequest, source: Source, user: User) -> HttpResponse:
    """What the ladder in the form would do; errors come back in the fragment."""
    form = PolicyForm(policy_of(source), request.POST)
    return render(request, "policy/_whatif.html", whatif_of(source, form))


@source_admins_only
@require_POST
def save(request: HttpRequest, source: Source, user: User) -> HttpResponse:
    form = PolicyForm(policy_of(source), request.POST)
    if form.is_valid() and (missing := form.missing_consent()):
        form.add_error("understood", missing)
    if form.errors:
        return page(request, source, form)
    data = form.cleaned_data
    policy = new_version(source, user, ladders=data["ladders"], audit_rate=data["audit_rate"] / 100, note=data["note"])
    messages.success(request, f"Policy {policy.version} is in force. Cases that wait are following it.")
    return back_to(source)


@source_admins_only
@require_POST
def bring_back(request: HttpRequest, source: Source, user: User, version: int) -> HttpResponse:
    """Put an old version in force again, as a new version; certificates only where they still hold."""
    old = get_object_or_404(Policy, source=source, version=version)
    ladders = parse(old.ladders)
    rungs = {DEFAULT: ladders.default.rungs} | {name: each.rungs for name, each in ladders.by_category.items()}
    policy = new_version(
        source,
        user,
        ladders={name: [to_json(_as_it_holds(rung)) for rung in each] for name, each in rungs.items()},
        audit_rate=old.audit_rate,
        note=f"Brought back policy {old.version}",
        based_on=old,
    )
    messages.success(request, f"Policy {old.version} is back in force, as policy {policy.version}.")
    return back_to(source)


def page(
    request: HttpRequest, source: Source, form: PolicyForm | None = None, target_form: RiskTargetForm | None = None
) -> HttpResponse:
    """The whole page, with forms that were not valid as they were typed."""
    policy = policy_of(source)
    sources = administered_by(request.user) if is_signed_in(request.user) else []
    context: dict[str, Any] = {"here": "policy", "sources": sources}
    context |= context_of(source, form or PolicyForm.showing(policy), target_form or RiskTargetForm(policy))
    return render(request, "policy/policy.html", context)


def back_to(source: Source, anchor: str = "") -> HttpResponse:
    return redirect(f"{reverse('policy')}?source={source.slug}{anchor}")


def _as_it_holds(rung: Rung) -> Rung:
    return rung if rung.certified is None or still_holds(rung.certified) else replace(rung, certified=None)
