"""The policy page: see the ladder, try another on recent traffic, put it in force, bring an old one back."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from review.models import Case, Message, Policy, Role, Source
from review.models.sealing import sealed
from review.policy.current import new_version, policy_of
from review.policy.forms import STEPS, PolicyForm
from review.policy.ladder import parse
from review.policy.traffic import recent
from review.policy.whatif import WhatIf, compare

SAMPLES = 8
VERSIONS = 20
BINS = 50


@login_required
@require_safe
def show(request: HttpRequest) -> HttpResponse:
    sources = _sources(request)
    source = get_object_or_404(sources, slug=request.GET["source"]) if "source" in request.GET else sources.first()
    if source is None:
        raise PermissionDenied
    return _page(request, source, PolicyForm(initial=PolicyForm.values_of(policy_of(source))))


@login_required
@require_POST
def preview(request: HttpRequest, slug: str) -> HttpResponse:
    """What the ladder in the form would have done; errors come back in the fragment."""
    source = get_object_or_404(_sources(request), slug=slug)
    form = PolicyForm(request.POST)
    return render(request, "policy/_whatif.html", _whatif(source, form))


@login_required
@require_POST
def save(request: HttpRequest, slug: str) -> HttpResponse:
    source = get_object_or_404(_sources(request), slug=slug)
    form = PolicyForm(request.POST)
    if not form.is_valid():
        return _page(request, source, form)
    policy = new_version(
        source,
        request.user,  # type: ignore[arg-type]
        ladders=form.cleaned_data["ladders"],
        audit_rate=form.cleaned_data["audit_rate"] / 100,
        note=form.cleaned_data["note"],
    )
    messages.success(request, f"Policy {policy.version} is in force for messages that are judged from now on.")
    return redirect(f"{reverse('policy')}?source={source.slug}")


@login_required
@require_POST
def bring_back(request: HttpRequest, slug: str, version: int) -> HttpResponse:
    """Put an old version in force again, as a new version."""
    source = get_object_or_404(_sources(request), slug=slug)
    old = get_object_or_404(Policy, source=source, version=version)
    policy = new_version(
        source,
        request.user,  # type: ignore[arg-type]
        ladders=old.ladders,
        audit_rate=old.audit_rate,
        note=f"Brought back policy {old.version}",
        based_on=old,
    )
    messages.success(request, f"Policy {old.version} is back in force, as policy {policy.version}.")
    return redirect(f"{reverse('policy')}?source={source.slug}")


def _sources(request: HttpRequest) -> Any:
    return Source.objects.visible_to(request.user, Role.ADMIN).order_by("name")


def _page(request: HttpRequest, source: Source, form: PolicyForm) -> HttpResponse:
    versions = Policy.objects.filter(source=source).select_related("created_by", "based_on").order_by("-version")
    context = {
        "here": "policy",
        "sources": _sources(request),
        "policy": policy_of(source),
        "form": form,
        "steps": STEPS,
        "versions": versions[:VERSIONS],
        **_whatif(source, form if form.is_bound else _bound(form)),
    }
    return render(request, "policy/policy.html", context)


def _bound(form: PolicyForm) -> PolicyForm:
    return PolicyForm(form.initial)


def _whatif(source: Source, form: PolicyForm) -> dict[str, Any]:
    if not form.is_valid():
        return {"errors": form.errors, "source": source}
    traffic = recent(source)
    now, proposed = parse(policy_of(source).ladders), parse(form.cleaned_data["ladders"])
    whatif = compare(traffic, now, proposed)
    histogram = [0] * BINS
    for one in traffic:
        histogram[min(int(one.probability * BINS), BINS - 1)] += 1
    shown = {"rows": _rows(whatif), "samples": _samples(whatif), "histogram": histogram}
    return {"whatif": whatif, "source": source, **shown}


def _rows(whatif: WhatIf) -> list[dict[str, Any]]:
    return [
        {
            "action": action,
            "before": whatif.before[action],
            "after": count,
            "difference": count - whatif.before[action],
            "share": whatif.share(whatif.after, action),
        }
        for action, count in whatif.after.items()
    ]


def _samples(whatif: WhatIf) -> list[dict[str, Any]]:
    """A few of the messages that would go another way, spread over the whole list; none that is judged blind now."""
    step = max(1, len(whatif.changes) // SAMPLES)
    chosen = whatif.changes[::step][:SAMPLES]
    shown = Message.objects.exclude(memberships__case__in=Case.objects.filter(sealed()))
    texts = shown.in_bulk([change.message for change in chosen])
    return [{"change": change, "message": texts[change.message]} for change in chosen if change.message in texts]
