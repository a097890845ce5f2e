"""The operations page: who is alive, what waits, which model judges, and whether the demo talks."""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Max
from django.db.models.functions import Now
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from review.access import administered_by, admins_only, instance_admins_only, source_admins_only, wants_fragment
from review.enforcement.queue_summary import unanswered_alarms
from review.models import Heartbeat, ModelVersion, Pending, Score, Simulator, Source, User, Verdict
from review.records import audit
from review.records.heartbeats import FRESH
from review.registry.calibrators import active_calibrator
from review.registry.model_versions import SHIPPED
from review.registry.scoring_setup import active_model, active_setup

MANY = 10_001
"""Live counts stop here: beyond it the page says "over 10,000", and stays quick."""


@admins_only
@require_safe
def operations(request: HttpRequest, user: User) -> HttpResponse:
    sources = administered_by(user)
    template = "insight/_operations.html" if wants_fragment(request) else "insight/operations.html"
    return render(request, template, _state(sources) | {"alarms": unanswered_alarms(user)})


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


def _state(sources: Any) -> dict[str, Any]:
    setup = active_setup()
    recent = Verdict.objects.filter(message__source__in=sources, created_at__gt=Now() - timedelta(minutes=5))
    return {
        "here": "operations",
        "processes": Heartbeat.objects.filter(seen_at__gt=Now() - FRESH).order_by("kind", "name"),
        "pending": Pending.objects.all()[:MANY].count(),
        "oldest_pending": Pending.objects.order_by("pk").values_list("enqueued_at", flat=True).first(),
        "judged": recent[:MANY].count(),
        "setup": setup,
        "calibrator": active_calibrator(setup.model, setup.rubric) if setup else None,
        "other_model": _unlike_registry(setup.model.location) if setup else "",
        "simulators": Simulator.objects.filter(source__in=sources).select_related("source"),
        "explains_everything": setup is not None and setup.model.explains_all_after is not None,
        "many": MANY - 1,
    }


def _unlike_registry(location: str) -> str:
    """The MODDOG_MODEL of the environment where it differs from the registry, which rules."""
    asked: str = settings.VARIABLES.model or SHIPPED
    return asked if asked not in (location, location.partition("@")[0]) else ""
