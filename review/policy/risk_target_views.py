"""Risk targets on the policy page: set one, attempt to certify it, put what certifies in force, withdraw it, end it."""

from dataclasses import replace

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from inference.guarantees.risk_targets import TargetBelowDisagreement
from review.access import source_admins_only
from review.models import Alarm, CertificationAttempt, Policy, RiskTarget, Source, User
from review.policy import certification, risk_targets, watchdog
from review.policy.page import targets_of
from review.policy.risk_target_forms import RiskTargetForm
from review.policy.views import back_to, page
from review.registry import certificates
from review.registry.in_context import setup_of
from review.registry.policy_versions import changed_rung, new_version, policy_of
from review.stored_words import in_readers_words

TARGETS = "#targets"


@source_admins_only
@require_safe
def listed(request: HttpRequest, source: Source, user: User) -> HttpResponse:
    """The risk targets alone, for a page that waits for an attempt."""
    return render(request, "policy/_targets.html", targets_of(source, RiskTargetForm(policy_of(source))))


@source_admins_only
@require_POST
def add(request: HttpRequest, source: Source, user: User) -> HttpResponse:
    form = RiskTargetForm(policy_of(source), request.POST)
    setup = setup_of(source)
    if setup is None:
        messages.error(
            request,
            gettext("No model has judged here yet, so there is nothing that a risk target could be derived from."),
        )
        return back_to(source, TARGETS)
    if not form.is_valid():
        return page(request, source, target_form=form)
    try:
        target = risk_targets.add(form.target(), setup, user)
    except TargetBelowDisagreement as error:
        form.add_error("risk", str(error))
        return page(request, source, target_form=form)
    certification.ask(target, user)
    words = gettext("The risk target is set. moddog attempts to certify it now, and again as labels come in.")
    messages.success(request, words)
    return back_to(source, TARGETS)


@source_admins_only
@require_POST
def change(request: HttpRequest, source: Source, user: User, pk: int) -> HttpResponse:
    """Switch what moddog may do by itself."""
    switches = {name: request.POST.get(name) == "on" for name in ("applies_itself", "steps_back")}
    watchdog.change(_target(source, pk), user, **switches)
    return back_to(source, TARGETS)


@source_admins_only
@require_POST
def attempt(request: HttpRequest, source: Source, user: User, pk: int) -> HttpResponse:
    with transaction.atomic():
        certification.ask(_target(source, pk), user)
    return back_to(source, TARGETS)


@source_admins_only
@require_POST
def apply(request: HttpRequest, source: Source, user: User, pk: int) -> HttpResponse:
    """Put the margin of an attempt in force, unless another one was made since or the risk target has ended."""
    attempt = get_object_or_404(
        CertificationAttempt, pk=pk, target__source=source, target__ended_at=None, margin__isnull=False
    )
    newest = attempt.target.attempts.filter(number__gt=0, margin__isnull=False).order_by("-pk").first()
    if newest != attempt:
        messages.error(
            request,
            gettext("There is a newer attempt for this risk target; nothing was changed. Its margin is below."),
        )
        return back_to(source, TARGETS)
    if certificates.outlived(attempt):
        messages.error(
            request,
            gettext("An alarm was raised since that attempt; nothing was changed. Attempt to certify again first."),
        )
        return back_to(source, TARGETS)
    policy = certification.put_in_force(attempt, user)
    _tell(request, policy)
    return back_to(source, TARGETS)


@source_admins_only
@require_POST
def withdraw(request: HttpRequest, source: Source, user: User, pk: int) -> HttpResponse:
    target = _target(source, pk)
    if policy := certification.withdraw(target, user, f"{target.action.capitalize()} is supervised again"):
        _tell(request, policy)
    return back_to(source, TARGETS)


@source_admins_only
@require_POST
def end(request: HttpRequest, source: Source, user: User, pk: int) -> HttpResponse:
    target = _target(source, pk)
    with transaction.atomic():
        if risk_targets.end(target, user):
            certification.withdraw(target, user, f"The risk target for {target.action} has ended")
    messages.success(request, gettext("The risk target has ended, and with it what it certified."))
    return back_to(source, TARGETS)


@source_admins_only
@require_POST
def use_rate(request: HttpRequest, source: Source, user: User, pk: int) -> HttpResponse:
    """Judge as large a share of the rung's messages blind as the risk target's time asks for."""
    target = _target(source, pk)
    policy = policy_of(source)
    rows = targets_of(source, RiskTargetForm(policy))
    rate = next((each.plan.rate_in_time for each in rows["targets"] if each.target == target and each.plan), None)
    if rate is None:
        messages.error(request, gettext("No message reaches that rung at present, so no rate would bring labels."))
        return back_to(source, TARGETS)
    changed = changed_rung(certificates.ladder_name(target), target.action, lambda rung: replace(rung, rate=rate))
    time = "1 week" if target.weeks == 1 else f"{target.weeks} weeks"
    note = f"{rate:.1%} of {target.action} judged blind, to know within {time}"
    new_version(source, user, changed, note=note)
    return back_to(source, TARGETS)


@source_admins_only
@require_POST
def answer(request: HttpRequest, source: Source, user: User, pk: int) -> HttpResponse:
    watchdog.answer(get_object_or_404(Alarm, pk=pk, target__source=source), user)
    return back_to(source, TARGETS)


def _tell(request: HttpRequest, policy: Policy) -> None:
    words = gettext("Policy %(version)s is in force: %(note)s.")
    messages.success(request, words % {"version": policy.version, "note": in_readers_words(policy.note)})


def _target(source: Source, pk: int) -> RiskTarget:
    target: RiskTarget = get_object_or_404(certificates.active_targets(source), pk=pk)
    return target
