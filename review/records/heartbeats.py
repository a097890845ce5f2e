"""Signs of life of the processes. `/readyz` and the operations page read them."""

import os
import socket
from datetime import timedelta
from typing import Any

from django.db.models import QuerySet
from django.db.models.functions import Now

from review.models import Heartbeat, Incident

FRESH = timedelta(seconds=60)


def beat(kind: str, **detail: Any) -> None:
    """Write that this process, of this kind, is alive now."""
    Heartbeat.objects.update_or_create(name=_name(kind), defaults={"kind": kind, "seen_at": Now(), "detail": detail})


def leave(kind: str) -> None:
    """Take the row of this process away, so that nobody misses it: it ends because it was asked to."""
    Heartbeat.objects.filter(name=_name(kind)).delete()


def _name(kind: str) -> str:
    return f"{kind}@{socket.gethostname()}:{os.getpid()}"


def alive(kind: str) -> QuerySet[Heartbeat]:
    return Heartbeat.objects.filter(kind=kind, seen_at__gt=Now() - FRESH).order_by("-seen_at")


def forget_old() -> int:
    """Drop the rows of processes that have been silent for an hour, and that nobody misses; returns how many."""
    missed = Incident.objects.filter(kind=Incident.Kind.WORKER, ended_at=None).values("about")
    old = Heartbeat.objects.filter(seen_at__lt=Now() - timedelta(hours=1))
    return old.exclude(name__in=missed).delete()[0]
