"""The policy page: see the ladder, try another on recent traffic, put it in force, bring an old one back."""

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from review.access import administered_by, admins_only, is_signed_in, source_admins_only
from review.charts.response import chart_response
from review.models import Policy, Role, Source, User
from review.one_source import chosen, sources_for
from review.policy.charts import charts as charts_of
from review.policy.desk_form import DeskForm
from review.policy.forms import PolicyForm
from review.policy.page import context_of, whatif_of
from review.policy.risk_target_forms import RiskTargetForm
from review.policy.strikes_form import StrikesForm
from review.policy.version_changes import VersionChange, changes_since
from review.registry.policy_versions import Overtaken, as_in, new_version, policy_of

PARTS = {"strikes": "Strikes", "desk": "At the desk"}
"""Parts of a policy that have a form of their own, with the note that a version made by it bears."""


@admins_only
@require_safe
def show(request: HttpRequest, user: User) -> HttpResponse:
    return page(request, chosen(request, sources_for(request, Role.ADMIN)))


@source_admins_only
@require_safe
def charts(request: HttpRequest, source: Source, user: User) -> HttpResponse:
    """The figure of the policy in force on recent traffic."""
    return chart_response(request, charts_of(source))


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
    try:
        policy = new_version(source, user, form.terms, note=data["note"], made_from=data["version"])
    except Overtaken as error:
        typed = PolicyForm(policy_of(source), request.POST)
        return page(request, source, typed, overtaken=changes_since(data["version"], error.meanwhile))
    messages.success(
        request,
        gettext("Policy %(version)s is in force. Cases that wait are following it.") % {"version": policy.version},
    )
    return back_to(source)


@source_admins_only
@require_POST
def save_strikes(request: HttpRequest, source: Source, user: User) -> HttpResponse:
    """What outcomes add to their authors' records from now on, as a new version of the policy."""
    form = StrikesForm(request.POST)
    return _save_part(request, source, user, "strikes", form, gettext("It counts from each author's next strike on."))


@source_admins_only
@require_POST
def save_desk(request: HttpRequest, source: Source, user: User) -> HttpResponse:
    """The order of the queue and what needs a second person, as a new version of the policy."""
    form = DeskForm(request.POST)
    return _save_part(request, source, user, "desk", form, gettext("Cases that wait take their new places."))


def _save_part(  # noqa: PLR0917 - a view's three, and what differs
    request: HttpRequest, source: Source, user: User, part: str, form: StrikesForm | DeskForm, from_now_on: str
) -> HttpResponse:
    """Change one part of the policy by its own form, which leaves the rest as it is."""
    shown: dict[str, Any] = {f"{part}_form": form}
    if not form.is_valid():
        return page(request, source, **shown)
    try:
        policy = new_version(source, user, form.change, note=PARTS[part], made_from=form.cleaned_data["version"])
    except Overtaken as error:
        shown["overtaken"] = changes_since(form.cleaned_data["version"], error.meanwhile)
        return page(request, source, **shown)
    messages.success(
        request, gettext("Policy %(version)s is in force.") % {"version": policy.version} + f" {from_now_on}"
    )
    return back_to(source, f"#{part}-head")


@source_admins_only
@require_POST
def bring_back(request: HttpRequest, source: Source, user: User, version: int) -> HttpResponse:
    """Put an old version in force again, as a new version; certificates only where they still hold."""
    old = get_object_or_404(Policy, source=source, version=version)
    seen = int(request.POST["version"]) if request.POST.get("version", "").isdecimal() else 0
    try:
        policy = new_version(
            source,
            user,
            as_in(old),
            note=f"Brought back policy {old.version}",
            made_from=seen,
            based_on=old,
        )
    except Overtaken as error:
        return page(request, source, overtaken=changes_since(seen, error.meanwhile))
    words = gettext("Policy %(old)s is back in force, as policy %(new)s.")
    messages.success(request, words % {"old": old.version, "new": policy.version})
    return back_to(source)


def page(
    request: HttpRequest,
    source: Source,
    form: PolicyForm | None = None,
    target_form: RiskTargetForm | None = None,
    overtaken: Sequence[VersionChange] = (),
    *,
    strikes_form: StrikesForm | None = None,
    desk_form: DeskForm | None = None,
) -> HttpResponse:
    """The whole page, with forms that were not saved as they were typed; 409 with the versions that came in between.

    A form goes on naming the version that it was made from, until what came since has been shown.
    """
    policy = policy_of(source)
    made_from = policy.version if form is None or overtaken else form.made_from
    sources = administered_by(request.user) if is_signed_in(request.user) else []
    context: dict[str, Any] = {"here": "policy", "sources": sources, "overtaken": overtaken, "made_from": made_from}
    context["strikes_form"] = strikes_form or StrikesForm.showing(policy)
    context["desk_form"] = desk_form or DeskForm.showing(policy)
    context |= context_of(source, form or PolicyForm.showing(policy), target_form or RiskTargetForm(policy))
    return render(request, "policy/policy.html", context, status=409 if overtaken else 200)


def back_to(source: Source, anchor: str = "") -> HttpResponse:
    return redirect(f"{reverse('policy')}?source={source.slug}{anchor}")
