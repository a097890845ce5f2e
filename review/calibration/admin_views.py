"""What instance admins do about calibration: ask for a refit, promote, roll back, set the prior, pin a kind."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from review.access import instance_admins_only, wants_fragment
from review.calibration import history, pinned_kind, refit
from review.calibration.flips import flips
from review.calibration.forms import KindForm, PriorForm, PromoteForm, ScopeForm
from review.calibration.tasks import wake
from review.calibration.views import context_of, fragment
from review.models import CalibratorVersion, User
from review.registry.calibrators import active_calibrator, promote
from review.registry.in_context import setups_in_force
from review.registry.scoring_setup import ScoringSetup, active_setup

PUT_BACK = "put back in force"
P = ParamSpec("P")


def for_admins(
    view: Callable[Concatenate[HttpRequest, ScoringSetup, User, P], HttpResponse],
) -> Callable[..., HttpResponse]:
    """A view of a setup in force for instance admins: calibrators are the whole instance's."""

    @instance_admins_only
    @wraps(view)
    def guarded(request: HttpRequest, user: User, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if not (setup := _setup_of(kwargs["pk"]) if "pk" in kwargs else _shown(request, user)):
            raise Http404
        return view(request, setup, user, *args, **kwargs)

    return guarded


def _setup_of(calibrator: object) -> ScoringSetup | None:
    """The setup of a calibrator (its id); None where no message is judged under it now."""
    found = get_object_or_404(CalibratorVersion.objects.select_related("model", "rubric"), pk=calibrator)
    setup = ScoringSetup(found.model, found.rubric)
    return setup if setup in setups_in_force() else None


def _shown(request: HttpRequest, user: User) -> ScoringSetup | None:
    """The setup that the page shows, where it is in force; else the active one."""
    shown = ScopeForm(request.GET, user=user).setup
    return shown if shown in setups_in_force() else active_setup()


@require_POST
@for_admins
def refit_now(request: HttpRequest, setup: ScoringSetup, admin: User) -> HttpResponse:
    if not refit.asked(setup):
        refit.ask(setup, admin)
        transaction.on_commit(wake)
    return _answer(request)


@require_safe
@for_admins
def compare(request: HttpRequest, setup: ScoringSetup, admin: User, pk: int) -> HttpResponse:
    """What putting a calibrator in force would change, before anybody does."""
    return _comparison(request, setup, _of(setup, pk), None)


@require_POST
@for_admins
def activate(request: HttpRequest, setup: ScoringSetup, admin: User, pk: int) -> HttpResponse:
    """Put a calibrator of a pair that judges in force: back with one click, or for the first time with a reason."""
    calibrator, active = _of(setup, pk), active_calibrator(setup.model, setup.rubric)
    if calibrator == active:
        return _answer(request)
    form = PromoteForm(request.POST, needs_a_reason=history.entry(calibrator, active).needs_a_reason)
    if not form.is_valid():
        return _comparison(request, setup, calibrator, form)
    promote(calibrator, admin, form.cleaned_data["why"] or PUT_BACK)
    return _answer(request)


@require_safe
@for_admins
def flips_of(request: HttpRequest, setup: ScoringSetup, admin: User, pk: int) -> HttpResponse:
    """How many would flip, in words, for the page that asks."""
    return render(request, "calibration/_flips.html", {"flips": flips(setup, _of(setup, pk))})


@require_POST
@for_admins
def set_prior(request: HttpRequest, setup: ScoringSetup, admin: User) -> HttpResponse:
    form = PriorForm(request.POST)
    if not form.is_valid():
        return _again(request, prior_form=form)
    active = active_calibrator(setup.model, setup.rubric)
    pinned_kind.set_prior(setup, active, form.cleaned_data["percent"] / 100, admin, form.cleaned_data["why"])
    return redirect("calibration")


@require_POST
@for_admins
def pin(request: HttpRequest, setup: ScoringSetup, admin: User) -> HttpResponse:
    form = KindForm(request.POST)
    if not form.is_valid():
        return _again(request, kind_form=form)
    pinned_kind.pin(form.cleaned_data["kind"], admin, form.cleaned_data["why"])
    return redirect("calibration")


def _of(setup: ScoringSetup, pk: int) -> CalibratorVersion:
    return get_object_or_404(CalibratorVersion, pk=pk, model=setup.model, rubric=setup.rubric)


def _comparison(
    request: HttpRequest, setup: ScoringSetup, calibrator: CalibratorVersion, form: PromoteForm | None
) -> HttpResponse:
    active = active_calibrator(setup.model, setup.rubric)
    entry = history.entry(calibrator, active)
    context = {
        "here": "calibration",
        "entry": entry,
        "active": active,
        "flips": flips(setup, calibrator),
        "form": form or PromoteForm(needs_a_reason=entry.needs_a_reason),
    }
    return render(request, "calibration/compare.html", context)


def _again(request: HttpRequest, **forms: Any) -> HttpResponse:
    """The whole page with the form that was not valid, and what is wrong with it."""
    return render(request, "calibration/calibration.html", {"here": "calibration", **context_of(request, **forms)})


def _answer(request: HttpRequest) -> HttpResponse:
    if wants_fragment(request):
        return fragment(request, context_of(request))
    return redirect("calibration")
