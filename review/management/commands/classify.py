"""`manage.py classify`: judge what is pending in this process, without Celery."""

import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from tqdm import tqdm

from review.judging.drain import drain
from review.judging.explain import explain_batch
from review.judging.pace import MOST
from review.judging.worker import loaded
from review.management.arguments import positive
from review.models import Pending


class Command(BaseCommand):
    help = "Judge the pending messages in this process; no Celery needed."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--limit", type=positive, help="stop after about this many messages")

    def handle(self, *args: Any, limit: int | None = None, **options: Any) -> None:
        worker = loaded()
        batch = min(MOST, limit) if limit else MOST
        done = 0
        with tqdm(total=limit or Pending.objects.count(), unit=" messages", disable=not sys.stderr.isatty()) as bar:
            for count in drain(worker.scorer, worker.setup, batch=batch):
                done += count
                bar.update(count)
                if limit and done >= limit:
                    break
        while explain_batch(worker.scorer, worker.setup):
            pass
        self.stdout.write(f"{done} messages judged, {Pending.objects.count()} pending")
