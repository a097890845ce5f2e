"""The operations page: who is alive, what waits, which model judges, and whether the demo talks."""

from datetime import timedelta
from hashlib import blake2b
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Max
from django.db.models.functions import Now
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.cache import get_conditional_response
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_POST, require_safe

from review.access import (
    INSTANCE_ONLY,
    administered_by,
    admins_only,
    instance_admins_only,
    source_admins_only,
    wants_fragment,
)
from review.charts.operations import CHARTS
from review.charts.operations import charts as charts_of
from review.charts.response import chart_response
from review.enforcement.alarms import WHAT_TO_DO
from review.enforcement.queue_summary import unanswered_alarms
from review.enforcement.webhooks.state import stopped, waiting
from review.insight import page_times
from review.insight.incidents import open_incidents
from review.insight.next_count import next_count
from review.insight.samples import SPANS, latest, points
from review.models import Heartbeat, ModelVersion, Pending, Role, Score, Simulator, Source, User, Verdict
from review.models.visibility import reach_of
from review.records import audit
from review.records.heartbeats import FRESH
from review.registry.calibrators import active_calibrator
from review.registry.model_versions import SHIPPED
from review.registry.scoring_setup import active_model, active_setup

FRAGMENT = "insight/_operations.html"
MANY = 10_001
"""Live counts stop here: beyond it the page says "over 10,000", and stays quick."""


@admins_only
@require_safe
@cache_control(private=True, no_cache=True)
def operations(request: HttpRequest, user: User) -> HttpResponse:
    """The page, or for a script the part that changes; 304 while nothing did."""
    state = _state(user)
    etag = _tag(state)
    context = state | {"here": "operations", "etag": etag}
    if not wants_fragment(request):
        return render(request, "insight/operations.html", context | (_frames(request) if state["is_whole"] else {}))
    return get_conditional_response(request, etag=etag) or _tagged(render(request, FRAGMENT, context), etag)


@admins_only
@require_safe
def history(request: HttpRequest, user: User) -> HttpResponse:
    """The frames of the charts, from which the page's script asks for the charts anew, and what was slow."""
    _whole_only(user)
    return render(request, "insight/_history.html", _frames(request))


@admins_only
@require_safe
def charts(request: HttpRequest, user: User) -> HttpResponse:
    """The figures of the charts, over `?span=`; 304 while there is no new sample."""
    _whole_only(user)
    return chart_response(request, charts_of(points(_span(request))))


@source_admins_only
@require_POST
def simulator(request: HttpRequest, source: Source, user: User) -> HttpResponse:
    """Let the demo community talk, or be silent."""
    chatter = get_object_or_404(Simulator, source=source)
    chatter.running = request.POST.get("running") == "on"
    chatter.save(update_fields=["running"])
    audit.record(user, "switched simulator", chatter, source, running=chatter.running)
    return redirect("operations")


@instance_admins_only
@require_POST
def explain_everything(request: HttpRequest, user: User) -> HttpResponse:
    """Have the model write a reason for every message from now on, or again only for those that people read."""
    newest = Score.objects.aggregate(newest=Max("pk"))["newest"] or 0
    on = request.POST.get("on") == "on"
    with transaction.atomic():
        if model := active_model():
            ModelVersion.objects.filter(pk=model.pk).update(explains_all_after=newest if on else None)
            audit.record(user, "switched explaining everything", model, on=on)
    return redirect("operations")


def _whole_only(user: User) -> None:
    """The charts are of the whole instance, so admins of some sources do not see them."""
    if reach_of(user, Role.ADMIN) is not None:
        raise PermissionDenied(INSTANCE_ONLY)


def _frames(request: HttpRequest) -> dict[str, Any]:
    return {
        "span": _span(request),
        "spans": list(SPANS),
        "charts": CHARTS,
        "slowest": page_times.slowest(),
        "slow_ms": page_times.SLOW,
    }


def _span(request: HttpRequest) -> str:
    asked = request.GET.get("span", "")
    return asked if asked in SPANS else next(iter(SPANS))


def _tagged(response: HttpResponse, etag: str) -> HttpResponse:
    response["ETag"] = etag
    return response


def _tag(state: dict[str, Any]) -> str:
    """Changes with what the page says, but not with how long ago it was: the browser counts that on."""
    heard = [(each.name, each.seen_at, each.detail) for each in state["processes"]]
    alarms = [(each.pk, each.judged, each.wrong, each.stepped_back) for each in state["alarms"]]
    talking = [(each.pk, each.running, each.position) for each in state["simulators"]]
    silent = [(each.pk, each.last_error, each.paused_at) for each in state["stopped_endpoints"]]
    open_now = [each.pk for each in state["incidents"]]
    holds = state["sample"] and (
        state["sample"].redis_bytes,
        state["sample"].database_bytes,
        state["sample"].free_bytes,
    )
    lists = ("incidents", "sample", "what_to_do", "processes", "alarms", "simulators", "stopped_endpoints")
    plain = {name: str(value) for name, value in state.items() if name not in lists}
    said = repr((heard, alarms, open_now, holds, talking, silent, plain))
    return f'"{blake2b(said.encode(), digest_size=9).hexdigest()}"'


def _state(user: User) -> dict[str, Any]:
    """What the page says. Processes, switches and variables are the whole instance's: admins of some sources see only
    whether anything judges.
    """
    sources, setup, is_whole = administered_by(user), active_setup(), reach_of(user, Role.ADMIN) is None
    sample = latest() if is_whole else None
    pending = Pending.objects.all() if is_whole else Pending.objects.filter(message__source__in=sources)
    recent = Verdict.objects.filter(message__source__in=sources, created_at__gt=Now() - timedelta(minutes=5))
    fresh = Heartbeat.objects.filter(seen_at__gt=Now() - FRESH).order_by("kind", "name")
    return {
        "is_whole": is_whole,
        "is_judging": fresh.filter(kind="inference").exists(),
        "processes": list(fresh) if is_whole else [],
        "pending": pending[:MANY].count(),
        "oldest_pending": pending.order_by("pk").values_list("enqueued_at", flat=True).first(),
        "judged": recent[:MANY].count(),
        "setup": setup,
        "calibrator": active_calibrator(setup.model, setup.rubric) if setup else None,
        "other_model": _unlike_registry(setup.model.location) if setup and is_whole else "",
        "simulators": list(Simulator.objects.filter(source__in=sources).select_related("source")),
        "explains_everything": setup is not None and setup.model.explains_all_after is not None,
        "many": MANY - 1,
        "sample": sample,
        "next_count": next_count() if is_whole and sample is None else None,
        "undelivered": waiting(sources),
        "stopped_endpoints": list(stopped(sources)),
        "incidents": list(open_incidents(user)),
        "what_to_do": WHAT_TO_DO,
        "alarms": list(unanswered_alarms(user).select_related("target__source")),
    }


def _unlike_registry(location: str) -> str:
    """The MODDOG_MODEL of the environment where it differs from the registry, which rules."""
    asked: str = settings.VARIABLES.model or SHIPPED
    return asked if asked not in (location, location.partition("@")[0]) else ""
