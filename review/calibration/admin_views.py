"""What instance admins do about calibration: ask for a refit, promote, roll back, set the prior, pin a kind."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from review.access import moderators_only
from review.calibration import history, pinned_kind, refit
from review.calibration.flips import flips
from review.calibration.forms import KindForm, PriorForm, PromoteForm
from review.calibration.promotion import promote
from review.calibration.tasks import wake
from review.calibration.views import context_of, fragment
from review.models import Calibrator, User
from review.registry.calibrators import active_calibrator
from review.registry.model_versions import Judge, active_judge

PUT_BACK = "put back in force"
P = ParamSpec("P")


def for_admins(view: Callable[Concatenate[HttpRequest, Judge, User, P], HttpResponse]) -> Callable[..., HttpResponse]:
    """A view of the active pair for instance admins: calibrators are the whole instance's."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        judge, user = active_judge(), request.user
        if not (judge and isinstance(user, User) and user.is_instance_admin):
            raise PermissionDenied("Calibrators belong to instance admins.")
        return view(request, judge, user, *args, **kwargs)

    return moderators_only(guarded)


@require_POST
@for_admins
def refit_now(request: HttpRequest, judge: Judge, admin: User) -> HttpResponse:
    if not refit.asked(judge):
        refit.ask(judge, admin)
        transaction.on_commit(wake)
    return _answer(request)


@require_safe
@for_admins
def compare(request: HttpRequest, judge: Judge, admin: User, pk: int) -> HttpResponse:
    """What putting a calibrator in force would change, before anybody does."""
    return _comparison(request, judge, _of(judge, pk), None)


@require_POST
@for_admins
def activate(request: HttpRequest, judge: Judge, admin: User, pk: int) -> HttpResponse:
    """Put a calibrator of the active pair in force: back with one click, or for the first time with a reason."""
    calibrator, active = _of(judge, pk), active_calibrator(judge.model, judge.rubric)
    if calibrator == active:
        return _answer(request)
    form = PromoteForm(request.POST, needs_a_reason=history.entry(calibrator, active).needs_a_reason)
    if not form.is_valid():
        return _comparison(request, judge, calibrator, form)
    promote(calibrator, admin, form.cleaned_data["why"] or PUT_BACK)
    return _answer(request)


@require_safe
@for_admins
def flips_of(request: HttpRequest, judge: Judge, admin: User, pk: int) -> HttpResponse:
    """How many would flip, in words, for the page that asks."""
    return render(request, "calibration/_flips.html", {"flips": flips(judge, _of(judge, pk))})


@require_POST
@for_admins
def set_prior(request: HttpRequest, judge: Judge, admin: User) -> HttpResponse:
    form = PriorForm(request.POST)
    if not form.is_valid():
        return _again(request, prior_form=form)
    active = active_calibrator(judge.model, judge.rubric)
    pinned_kind.set_prior(judge, active, form.cleaned_data["percent"] / 100, admin, form.cleaned_data["why"])
    return redirect("calibration")


@require_POST
@for_admins
def pin(request: HttpRequest, judge: Judge, admin: User) -> HttpResponse:
    form = KindForm(request.POST)
    if not form.is_valid():
        return _again(request, kind_form=form)
    pinned_kind.pin(form.cleaned_data["kind"], admin, form.cleaned_data["why"])
    return redirect("calibration")


def _of(judge: Judge, pk: int) -> Calibrator:
    return get_object_or_404(Calibrator, pk=pk, model=judge.model, rubric=judge.rubric)


def _comparison(request: HttpRequest, judge: Judge, calibrator: Calibrator, form: PromoteForm | None) -> HttpResponse:
    active = active_calibrator(judge.model, judge.rubric)
    entry = history.entry(calibrator, active)
    context = {
        "here": "calibration",
        "entry": entry,
        "active": active,
        "flips": flips(judge, calibrator),
        "form": form or PromoteForm(needs_a_reason=entry.needs_a_reason),
    }
    return render(request, "calibration/compare.html", context)


def _again(request: HttpRequest, **forms: Any) -> HttpResponse:
    """The whole page with the form that was not valid, and what is wrong with it."""
    return render(request, "calibration/calibration.html", {"here": "calibration", **context_of(request, **forms)})


def _answer(request: HttpRequest) -> HttpResponse:
    if request.headers.get("HX-Request"):
        return fragment(request, context_of(request))
    return redirect("calibration")
