"""`manage.py ingest`: a file of messages, and of rulings if it has them, into a source."""

import os
import sys
from argparse import ArgumentParser
from itertools import islice
from pathlib import Path
from typing import IO, Any

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from review.intake.files import UnusableFile, read_items
from review.intake.ingestion import Ingestion
from review.models import Source


class Command(BaseCommand):
    help = "Store the messages of a JSONL or CSV file (.gz too); those whose id is stored already are left alone."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE", help=".jsonl or .csv, with the fields of the API")
        parser.add_argument("--source", required=True, metavar="SLUG")
        parser.add_argument(
            "--label-field",
            metavar="F",
            help="rows that hold 0, 1 or a category in F also become decisions of an import account; 1 stands for the "
            "row's `category`, or toxicity. They fit calibrators and certify nothing",
        )

    def handle(self, *args: Any, file: Path, source: str, label_field: str | None, **options: Any) -> None:
        """Bad rows are listed by line and leave the exit status at 1; the good ones are kept."""
        found = Source.objects.filter(slug=source).first()
        if found is None:
            raise CommandError(f"no source {source!r}; `createtoken --source {source}` makes it")
        ingestion = Ingestion(found, label_field, _report)
        try:
            with file.open("rb") as raw:
                _ingest(raw, file, ingestion)
        except (OSError, UnusableFile) as error:
            raise CommandError(str(error)) from None
        ruled = f", {ingestion.ruled} rulings" if label_field else ""
        self.stdout.write(f"{ingestion.accepted} accepted, {ingestion.duplicates} duplicates{ruled}")
        if ingestion.rejected:
            raise CommandError(f"{ingestion.rejected} rows rejected")


def _ingest(raw: IO[bytes], path: Path, ingestion: Ingestion) -> None:
    items = read_items(path, raw)
    size = os.fstat(raw.fileno()).st_size
    with tqdm(total=size, unit="B", unit_scale=True, disable=not sys.stderr.isatty()) as bar:
        while chunk := list(islice(items, ingestion.chunk)):
            ingestion.take(chunk)
            bar.update((size if raw.closed else raw.tell()) - bar.n)


def _report(line: int, problem: str) -> None:
    tqdm.write(f"line {line}: {problem}", file=sys.stderr)
