"""How the instance has been: beat writes a narrow row a minute, and pages read those."""

import shutil
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.models.functions import Now
from django.utils import timezone

from review import broker
from review.enforcement.webhooks import state as webhooks
from review.models import Case, OperationsSample, Pending, Score, Source
from review.records import heartbeats
from review.registry.scoring_setup import active_model

MOST = 10_001
KEPT_FOR = timedelta(days=30)
SPANS = {"day": (timedelta(days=1), 300), "week": (timedelta(days=7), 3600), "month": (timedelta(days=30), 4 * 3600)}
"""How far back a chart goes, and how many seconds one of its points stands for: at most 300 points."""

# `judged` is a rate, so a point says messages a minute; of the rest it says the worst within it.
_POINTS = """
SELECT to_timestamp(floor(extract(epoch FROM at) / %(step)s) * %(step)s) AS since,
       avg(judged), max(pending), max(oldest_seconds), max(open_cases), min(workers), avg(ms_a_message),
       max(undelivered), max(redis_bytes) / 1e6, min(free_bytes) / 1e9
  FROM review_operationssample WHERE at > now() - make_interval(secs => %(back)s)
 GROUP BY since ORDER BY since
"""
COLUMNS = (
    *("at", "judged", "pending", "oldest_seconds", "open_cases", "workers", "ms_a_message"),
    *("undelivered", "redis_mb", "free_gb"),
)
FRESH = timedelta(minutes=3)
"""An older sample says nothing of now."""


def take() -> OperationsSample:
    """Write the sample of this minute, once; forget what is too old."""
    now = timezone.now()
    before = OperationsSample.objects.order_by("-at").first()
    newest = Score.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    pending = Pending.objects.order_by("pk").values_list("enqueued_at", flat=True)
    oldest = pending.first()
    workers = list(heartbeats.alive("inference"))
    speeds = [each.detail["ms_a_message"] for each in workers if each.detail.get("ms_a_message")]
    sample = OperationsSample(
        at=now.replace(second=0, microsecond=0),
        judged=_judged(before.newest_score, newest) if before else 0,
        pending=pending.order_by()[:MOST].count(),
        oldest_seconds=(now - oldest).total_seconds() if oldest else 0.0,
        open_cases=Case.objects.filter(state=Case.State.OPEN).order_by()[:MOST].count(),
        workers=len(workers),
        ms_a_message=sum(speeds) / len(speeds) if speeds else None,
        newest_score=newest,
        undelivered=webhooks.waiting(Source.objects.all()),
        redis_bytes=broker.memory(),
        database_bytes=_database_bytes(),
        free_bytes=shutil.disk_usage(settings.HOME.root).free,
    )
    OperationsSample.objects.bulk_create([sample], ignore_conflicts=True)
    OperationsSample.objects.filter(at__lt=Now() - KEPT_FOR).delete()
    return sample


def _judged(after: int, until: int) -> int:
    """Messages that the model in force scored between two scores; a candidate in the shadow does not count."""
    scored = Score.objects.filter(pk__gt=after, pk__lte=until)
    model = active_model()
    return (scored.filter(model=model) if model else scored).count()


def latest() -> OperationsSample | None:
    """The sample of this minute or of one just before; None where beat has written none lately."""
    return OperationsSample.objects.filter(at__gt=Now() - FRESH).order_by("-at").first()


def _database_bytes() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_database_size(current_database())")
        return int(cursor.fetchone()[0])


def points(span: str) -> list[dict[str, Any]]:
    """The points of a chart over `span`, one of SPANS, oldest first."""
    back, step = SPANS[span]
    with connection.cursor() as cursor:
        cursor.execute(_POINTS, {"back": back.total_seconds(), "step": step})
        return [dict(zip(COLUMNS, row, strict=True)) for row in cursor.fetchall()]
