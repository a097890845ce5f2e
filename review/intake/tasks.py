"""Celery tasks of intake, on the default worker. Each is safe to lose and to double."""

import logging
from datetime import timedelta

from celery import shared_task
from django.db import connection
from django.db.models.functions import Now

from review.broker import heard
from review.intake import client_errors, held_files, long_import
from review.models import ScratchText
from review.records import sweeps

log = logging.getLogger(__name__)

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
def take_in_files() -> None:
    """Take in every file that was started and that no worker holds.

    One that fails is tried again once its lease has run out, a few times; it holds up no other.
    """
    heard(long_import.TASK)
    held_files.forget_old()
    while file := long_import.take_up():
        try:
            long_import.take_in(file)
        except long_import.LeaseLost:
            log.warning("another worker goes on with file %s", file.pk)
        except Exception:
            sweeps.note_failure("intake", f"file {file.pk}")


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
