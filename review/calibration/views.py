"""The calibration page: diagrams, figures and history for everybody with a role; buttons for instance admins."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import cache_control
from django.views.decorators.http import condition, require_POST, require_safe

from review.calibration import page, refit
from review.calibration.active import activate, active_calibrator
from review.calibration.tasks import wake
from review.desk.access import moderators_only
from review.judging.registry import Judge, active_judge
from review.models import Calibrator, User


@moderators_only
@require_safe
def calibration(request: HttpRequest) -> HttpResponse:
    judge = active_judge()
    context = _context(judge) if judge else {"judge": None}
    return render(request, "calibration/calibration.html", {"here": "calibration", "etag": _etag(request), **context})


def _etag(request: HttpRequest) -> str | None:
    judge = active_judge()
    return f'"{page.state_of(judge).key}-{request.user.pk}"' if judge else None


@moderators_only
@require_safe
@cache_control(private=True, no_cache=True)
@condition(etag_func=_etag)
def live(request: HttpRequest) -> HttpResponse:
    """The parts of the page that change; 304 while nothing did."""
    return _fragment(request)


@moderators_only
@require_POST
def refit_now(request: HttpRequest) -> HttpResponse:
    judge, admin = _admin(request)
    if not refit.asked(judge):
        refit.ask(judge, admin)
        transaction.on_commit(wake)
    return _answer(request)


@moderators_only
@require_POST
def roll_back(request: HttpRequest, pk: int) -> HttpResponse:
    """Put a calibrator of the active model and rubric in force again."""
    judge, admin = _admin(request)
    calibrator = get_object_or_404(Calibrator, pk=pk, model=judge.model, rubric=judge.rubric)
    if calibrator != active_calibrator(judge.model, judge.rubric):
        activate(calibrator, admin, "put back in force")
    return _answer(request)


def _admin(request: HttpRequest) -> tuple[Judge, User]:
    """The active pair and the instance admin who asks; calibrators are the whole instance's."""
    judge, user = active_judge(), request.user
    if not (judge and isinstance(user, User) and user.is_instance_admin):
        raise PermissionDenied("Calibrators belong to instance admins.")
    return judge, user


def _answer(request: HttpRequest) -> HttpResponse:
    return _fragment(request) if request.headers.get("HX-Request") else redirect("calibration")


def _fragment(request: HttpRequest) -> HttpResponse:
    judge = active_judge()
    if not judge:
        return HttpResponse(status=204)
    response = render(request, "calibration/_live.html", {"oob": True, **_context(judge)})
    response["ETag"] = _etag(request) or ""
    return response


def _context(judge: Judge) -> dict[str, Any]:
    state = page.state_of(judge)
    return {
        "judge": judge,
        "active": active_calibrator(judge.model, judge.rubric),
        "figures": page.figures(judge, state),
        "calibrators": page.calibrators(judge),
        "refits": page.refits(judge),
        "next": page.next_refit(judge),
    }
