"""Workers and beat write down that they live, every few seconds, from a thread of their own.

An inference worker does so once its model is loaded, and ends if that cannot be: whoever started it sees why in its log.
"""

from __future__ import annotations

import logging
import os
import threading
from datetime import timedelta
from typing import Any

from celery.signals import beat_init, worker_ready, worker_shutdown
from django.db import Error, connection
from django.db.models.functions import Now

log = logging.getLogger(__name__)
EVERY = 10  # seconds
SILENT_AFTER = timedelta(seconds=60)
INFERENCE, DEFAULT = "inference", "default"
_stop = threading.Event()


@worker_ready.connect
def _worker_is_ready(sender: Any, **kwargs: Any) -> None:
    """`sender.hostname` is `inference@...` or `default@...`."""
    kind = sender.hostname.partition("@")[0]
    if kind == INFERENCE:
        _load_model()
    start(kind, sender.hostname)


@beat_init.connect
def _beat_starts(**kwargs: Any) -> None:
    start("beat", "beat")


@worker_shutdown.connect
def _worker_ends(**kwargs: Any) -> None:
    _stop.set()


def _load_model() -> None:
    from review.judging.worker import loaded

    try:
        loaded()
    except Exception:
        log.exception("the model could not be loaded")
        raise SystemExit(1) from None
    finally:
        connection.close()


def start(kind: str, name: str) -> None:
    """Begin to beat in the background."""
    threading.Thread(target=_beat, args=(kind, name), name="heartbeat", daemon=True).start()


def beat_once(kind: str, name: str) -> None:
    """Write one sign of life."""
    from review.models import Heartbeat

    Heartbeat.objects.update_or_create(
        name=name, defaults={"kind": kind, "seen_at": Now(), "detail": {"pid": os.getpid()}}
    )


def silent() -> list[str]:
    """The kinds of worker of which none was heard from lately."""
    from review.models import Heartbeat

    heard = Heartbeat.objects.filter(seen_at__gt=Now() - SILENT_AFTER).values_list("kind", flat=True)
    return sorted({INFERENCE, DEFAULT}.difference(heard))


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
