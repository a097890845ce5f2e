"""Celery tasks of intake, on the default worker. Each is safe to lose and to double."""

import logging

from celery import shared_task

from review.broker import heard
from review.intake import held_files, long_import

log = logging.getLogger(__name__)


@shared_task
def take_in_files() -> None:
    """Take in every file that was started and that no worker holds."""
    heard(long_import.TASK)
    held_files.forget_old()
    while file := long_import.take_up():
        try:
            long_import.take_in(file)
        except long_import.LeaseLost:
            log.warning("another worker goes on with file %s", file.pk)
