"""Goals on the policy page: set one, have it looked at, put what certifies in force, withdraw it, end it."""

from dataclasses import replace

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_POST, require_safe

from inference.guarantees.risk_targets import TargetBelowDisagreement
from review.models import Alarm, Derivation, Goal, Source, User
from review.policy import certification, risk_targets, watchdog
from review.policy.access import of_source
from review.policy.page import goals_of
from review.policy.risk_target_forms import GoalForm
from review.policy.views import back_to, page
from review.registry.model_versions import active_judge
from review.registry.policies import new_version, policy_of, with_rung

GOALS = "#goals"


@of_source
@require_safe
def listed(request: HttpRequest, source: Source, user: User) -> HttpResponse:
    """The goals alone, for a page that waits for a look."""
    return render(request, "policy/_goals.html", goals_of(source, GoalForm(policy_of(source))))


@of_source
@require_POST
def add(request: HttpRequest, source: Source, user: User) -> HttpResponse:
    form = GoalForm(policy_of(source), request.POST)
    judge = active_judge()
    if judge is None:
        messages.error(request, "No model has judged here yet, so there is nothing that a goal could be derived from.")
        return back_to(source, GOALS)
    if not form.is_valid():
        return page(request, source, goal_form=form)
    try:
        goal = risk_targets.add(form.goal(), judge, user)
    except TargetBelowDisagreement as error:
        form.add_error("risk", str(error))
        return page(request, source, goal_form=form)
    certification.ask(goal, user)
    messages.success(
        request, "The goal is set. moddog looks now whether it can be promised, and again as labels come in."
    )
    return back_to(source, GOALS)


@of_source
@require_POST
def change(request: HttpRequest, source: Source, user: User, pk: int) -> HttpResponse:
    """Switch what moddog may do by itself."""
    switches = {name: request.POST.get(name) == "on" for name in ("applies_itself", "steps_back")}
    risk_targets.change(_goal(source, pk), user, **switches)
    return back_to(source, GOALS)


@of_source
@require_POST
def look(request: HttpRequest, source: Source, user: User, pk: int) -> HttpResponse:
    with transaction.atomic():
        certification.ask(_goal(source, pk), user)
    return back_to(source, GOALS)


@of_source
@require_POST
def apply(request: HttpRequest, source: Source, user: User, pk: int) -> HttpResponse:
    """Put the margin of a look in force, unless another one was made since or the goal has ended."""
    derivation = get_object_or_404(Derivation, pk=pk, goal__source=source, goal__ended_at=None, margin__isnull=False)
    newest = derivation.goal.derivations.filter(look__gt=0, margin__isnull=False).order_by("-pk").first()
    if newest != derivation:
        messages.error(request, "There is a newer look at this goal; nothing was changed. Its margin is below.")
        return back_to(source, GOALS)
    if certification.outlived(derivation):
        messages.error(request, "An alarm was raised since that look; nothing was changed. Look again first.")
        return back_to(source, GOALS)
    policy = certification.put_in_force(derivation, user)
    messages.success(request, f"Policy {policy.version} is in force: {policy.note}.")
    return back_to(source, GOALS)


@of_source
@require_POST
def withdraw(request: HttpRequest, source: Source, user: User, pk: int) -> HttpResponse:
    goal = _goal(source, pk)
    if policy := certification.withdraw(goal, user, f"{goal.get_action_display()} is supervised again"):
        messages.success(request, f"Policy {policy.version} is in force: {policy.note}.")
    return back_to(source, GOALS)


@of_source
@require_POST
def end(request: HttpRequest, source: Source, user: User, pk: int) -> HttpResponse:
    goal = _goal(source, pk)
    with transaction.atomic():
        if risk_targets.end(goal, user):
            certification.withdraw(goal, user, f"The goal for {goal.action} has ended")
    messages.success(request, "The goal has ended, and with it what it certified.")
    return back_to(source, GOALS)


@of_source
@require_POST
def use_rate(request: HttpRequest, source: Source, user: User, pk: int) -> HttpResponse:
    """Judge as large a share of the rung's messages blind as the goal's time asks for."""
    goal = _goal(source, pk)
    policy = policy_of(source)
    wanted = goals_of(source, GoalForm(policy))
    rate = next((each.plan.wanted_rate for each in wanted["goals"] if each.goal == goal and each.plan), None)
    if rate is None:
        messages.error(request, "No message reaches that rung at present, so no rate would bring labels.")
        return back_to(source, GOALS)
    ladders = with_rung(policy, risk_targets.ladder_name(goal), goal.action, lambda rung: replace(rung, rate=rate))
    note = f"{rate:.1%} of {goal.action} judged blind, to know within {goal.weeks} weeks"
    new_version(source, user, ladders=ladders, audit_rate=policy.audit_rate, note=note)
    return back_to(source, GOALS)


@of_source
@require_POST
def answer(request: HttpRequest, source: Source, user: User, pk: int) -> HttpResponse:
    watchdog.answer(get_object_or_404(Alarm, pk=pk, goal__source=source), user)
    return back_to(source, GOALS)


def _goal(source: Source, pk: int) -> Goal:
    goal: Goal = get_object_or_404(risk_targets.standing(source), pk=pk)
    return goal
