"""Signs of life of the processes. `/readyz` and the operations page read them."""

import os
import socket
from datetime import timedelta
from typing import Any

from django.db.models import QuerySet
from django.db.models.functions import Now

from review.models import Heartbeat

FRESH = timedelta(seconds=60)


def beat(kind: str, **detail: Any) -> None:
    """Write that this process, of this kind, is alive now."""
    Heartbeat.objects.update_or_create(
        name=f"{kind}@{socket.gethostname()}:{os.getpid()}", defaults={"kind": kind, "seen_at": Now(), "detail": detail}
    )


def alive(kind: str) -> QuerySet[Heartbeat]:
    return Heartbeat.objects.filter(kind=kind, seen_at__gt=Now() - FRESH).order_by("-seen_at")


def forget_old() -> int:
    """Drop the rows of processes that have been silent for an hour; returns how many."""
    return Heartbeat.objects.filter(seen_at__lt=Now() - timedelta(hours=1)).delete()[0]
