"""Celery tasks of the doors, on the default worker: what nobody waits for any more is swept away."""

from datetime import timedelta

from celery import shared_task
from django.db import connection
from django.db.models.functions import Now

from review.intake.dropin import client_errors
from review.models import ScratchText

OLDEST = timedelta(seconds=60)
"""Nobody waits so long: whoever did has died."""
_SUM_UP = """
WITH taken AS (
    DELETE FROM review_answeredcount WHERE day >= current_date - 2
    RETURNING source_id, model_id, rubric_id, door, category, day, bin, count)
INSERT INTO review_answeredcount (source_id, model_id, rubric_id, door, category, day, bin, count)
SELECT source_id, model_id, rubric_id, door, category, day, bin, sum(count) FROM taken
 GROUP BY 1, 2, 3, 4, 5, 6, 7 ORDER BY 1, 2, 3, 4, 5, 6, 7
"""


@shared_task
def sweep_scratch() -> None:
    """Remove the texts that a dead web process left behind."""
    ScratchText.objects.filter(created_at__lt=Now() - OLDEST).delete()


@shared_task
def sum_up_answered() -> None:
    """Make one row of all counts of a bin, and keep the latest errors of each source."""
    with connection.cursor() as cursor:
        cursor.execute(_SUM_UP)
    client_errors.forget_old()
