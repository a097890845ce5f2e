"""`manage.py export`: messages, decisions, verdicts or statements of reasons to standard output."""

import os
import sys
from argparse import ArgumentParser
from datetime import datetime
from itertools import chain
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from review.exports.dsa import STATEMENTS
from review.exports.formats import FORMATS
from review.exports.rows import EXPORTS, RowFilter, pages
from review.management.arguments import moment
from review.models import Source

DSA = "dsa-v2"


class Command(BaseCommand):
    help = (
        "Write messages, decisions that are in effect, or verdicts to standard output, oldest first; or, with --format "
        "dsa-v2, the statements of reasons as the EU's transparency database takes them."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("what", choices=EXPORTS, nargs="?", help="not with --format dsa-v2")
        parser.add_argument("--source", metavar="SLUG", help="only of this source")
        parser.add_argument(
            "--since", type=moment, metavar="DATE", help="only from then on: 2026-01-31, or with a time"
        )
        parser.add_argument("--format", choices=[*FORMATS, DSA], default="jsonl", help="(default: %(default)s)")

    def handle(
        self, *args: Any, what: str | None, source: str | None, since: datetime | None, format: str, **options: Any
    ) -> None:
        row_filter, stream = RowFilter(_source(source), since), sys.stdout.buffer
        if format == "parquet" and sys.stdout.isatty():
            raise CommandError("Parquet is not for a terminal: add > FILE")
        if (what is None) != (format == DSA):
            raise CommandError(f"name {', '.join(EXPORTS)}, or else nothing with --format {DSA}")
        exports = STATEMENTS if what is None else (EXPORTS[what],)
        try:
            with (
                FORMATS["jsonl" if format == DSA else format](stream, exports[0].columns) as writer,
                tqdm(unit=" rows looked at", disable=not sys.stderr.isatty()) as bar,
            ):
                for looked_at, page in chain.from_iterable(pages(export, row_filter) for export in exports):
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
