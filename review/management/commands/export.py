"""`manage.py export`: messages, decisions or verdicts to standard output."""

import os
import sys
from argparse import ArgumentParser
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from review.exports.formats import FORMATS
from review.exports.rows import EXPORTS, Wanted, pages
from review.management.arguments import moment
from review.models import Source


class Command(BaseCommand):
    help = "Write messages, decisions that are in effect, or verdicts to standard output, oldest first."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("what", choices=EXPORTS)
        parser.add_argument("--source", metavar="SLUG", help="only of this source")
        parser.add_argument(
            "--since", type=moment, metavar="DATE", help="only from then on: 2026-01-31, or with a time"
        )
        parser.add_argument("--format", choices=FORMATS, default="jsonl", help="(default: %(default)s)")

    def handle(
        self, *args: Any, what: str, source: str | None, since: datetime | None, format: str, **options: Any
    ) -> None:
        wanted, stream = Wanted(_source(source), since), sys.stdout.buffer
        if format == "parquet" and sys.stdout.isatty():
            raise CommandError("Parquet is not for a terminal: add > FILE")
        export = EXPORTS[what]
        try:
            with (
                FORMATS[format](stream, export.columns) as writer,
                tqdm(unit=" rows looked at", disable=not sys.stderr.isatty()) as bar,
            ):
                for looked_at, page in pages(export, wanted):
                    writer.write(page)
                    bar.update(looked_at)
            stream.flush()
        except BrokenPipeError:
            # Python flushes standard output once more when it ends, which must not fail as well.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise CommandError("whoever read this stopped before its end") from None


def _source(slug: str | None) -> Source | None:
    if slug is None:
        return None
    source = Source.objects.filter(slug=slug).first()
    if source is None:
        raise CommandError(f"no source {slug!r}")
    return source
