"""Workers and beat write down that they live, every few seconds, from a thread of their own."""

from __future__ import annotations

import logging
import os
import threading
from typing import Any

from celery.signals import beat_init, worker_ready, worker_shutdown
from django.db import Error, connection
from django.db.models.functions import Now

log = logging.getLogger(__name__)
EVERY = 10  # seconds
_stop = threading.Event()


@worker_ready.connect
def _worker_is_ready(sender: Any, **kwargs: Any) -> None:
    """`sender.hostname` is `inference@...` or `default@...`."""
    start(sender.hostname.partition("@")[0], sender.hostname)


@beat_init.connect
def _beat_starts(**kwargs: Any) -> None:
    start("beat", "beat")


@worker_shutdown.connect
def _worker_ends(**kwargs: Any) -> None:
    _stop.set()


def start(kind: str, name: str) -> None:
    """Begin to beat in the background."""
    threading.Thread(target=_beat, args=(kind, name), name="heartbeat", daemon=True).start()


def beat_once(kind: str, name: str) -> None:
    """Write one sign of life."""
    from review.models import Heartbeat

    Heartbeat.objects.update_or_create(
        name=name, defaults={"kind": kind, "seen_at": Now(), "detail": {"pid": os.getpid()}}
    )


def _beat(kind: str, name: str) -> None:
    while True:
        try:
            beat_once(kind, name)
        except Error as error:
            log.warning("no heartbeat written: %s", error)
        finally:
            connection.close()
        if _stop.wait(EVERY):
            return
