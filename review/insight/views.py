"""The operations page: who is alive, what waits, which model judges, and whether the demo talks."""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Max
from django.db.models.functions import Now
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from review.enforcement.queue_summary import standing_alarms
from review.models import Heartbeat, Pending, Role, Score, Simulator, Source, Switch, User, Verdict
from review.records import audit
from review.records.heartbeats import FRESH
from review.registry.calibrators import active_calibrator
from review.registry.model_versions import SHIPPED, active_judge

MANY = 10_001
"""Live counts stop here: beyond it the page says "over 10,000", and stays quick."""


@login_required
@require_safe
def operations(request: HttpRequest) -> HttpResponse:
    sources = Source.objects.visible_to(request.user, Role.ADMIN)
    if not sources.exists():
        raise PermissionDenied
    template = "insight/_operations.html" if request.htmx and not request.htmx.boosted else "insight/operations.html"  # type: ignore[attr-defined]
    return render(request, template, _state(sources) | {"alarms": standing_alarms(request.user)})  # type: ignore[arg-type]


@login_required
@require_POST
def simulator(request: HttpRequest, slug: str) -> HttpResponse:
    """Let the demo community talk, or be silent."""
    source = get_object_or_404(Source.objects.visible_to(request.user, Role.ADMIN), slug=slug)
    chatter = get_object_or_404(Simulator, source=source)
    chatter.running = request.POST.get("running") == "on"
    chatter.save(update_fields=["running"])
    audit.record(request.user, "switched simulator", chatter, source, running=chatter.running)  # type: ignore[arg-type]
    return redirect("operations")


@login_required
@require_POST
def explain_everything(request: HttpRequest) -> HttpResponse:
    """Have the model write a reason for every message from now on, or again only for those that people read."""
    user: User = request.user  # type: ignore[assignment]
    if not user.is_instance_admin:
        raise PermissionDenied
    newest = Score.objects.aggregate(newest=Max("pk"))["newest"] or 0
    values = {"is_on": request.POST.get("on") == "on", "since_score": newest}
    with transaction.atomic():
        switch, _ = Switch.objects.update_or_create(name=Switch.Name.EXPLAIN_EVERYTHING, defaults=values)
        audit.record(user, "switched explaining everything", switch, on=switch.is_on)
    return redirect("operations")


def _state(sources: Any) -> dict[str, Any]:
    judge = active_judge()
    recent = Verdict.objects.filter(message__source__in=sources, created_at__gt=Now() - timedelta(minutes=5))
    return {
        "here": "operations",
        "processes": Heartbeat.objects.filter(seen_at__gt=Now() - FRESH).order_by("kind", "name"),
        "pending": Pending.objects.all()[:MANY].count(),
        "oldest_pending": Pending.objects.order_by("pk").values_list("enqueued_at", flat=True).first(),
        "judged": recent[:MANY].count(),
        "judge": judge,
        "calibrator": active_calibrator(judge.model, judge.rubric) if judge else None,
        "other_model": _unlike_registry(judge.model.location) if judge else "",
        "simulators": Simulator.objects.filter(source__in=sources).select_related("source"),
        "explains_everything": Switch.objects.filter(name=Switch.Name.EXPLAIN_EVERYTHING, is_on=True).exists(),
        "many": MANY - 1,
    }


def _unlike_registry(location: str) -> str:
    """The MODDOG_MODEL of the environment where it differs from the registry, which rules."""
    asked: str = settings.VARIABLES.model or SHIPPED
    return asked if asked != location else ""
