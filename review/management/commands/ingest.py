"""`manage.py ingest`: a file of messages, and of labels if it has them, into a source."""

import os
import sys
from argparse import ArgumentParser, ArgumentTypeError
from pathlib import Path
from typing import IO, Any

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from review.intake.background_storing import store_in_background
from review.intake.batches import Batch, Rejection
from review.intake.encodings import Unreadable
from review.intake.files import chunks_of, kind_of, read_items
from review.intake.ingestion import Ingestion
from review.intake.labels import Labelled
from review.models import Source

ANY_SIZE = 1 << 62
"""Of what an archive unfolds to: whoever has the command line has the disk, too."""

UNDECLARED = (
    "These labels help to fit a calibrator and judge none: if the rows were drawn at random and labelled without sight "
    "of a model, say so with --drawn RATE."
)


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
        parser.add_argument(
            "--drawn",
            type=rate,
            metavar="RATE",
            help="the labelled rows are a random sample of the source's messages at this rate, labelled without sight "
            "of a model: they count as cohort for fits, the gate and figures, and certify nothing",
        )
        parser.add_argument(
            "--relabel", action="store_true", help="labels that differ from those of an earlier import correct them"
        )

    def handle(
        self,
        *args: Any,
        file: Path,
        source: str,
        label_field: str | None,
        drawn: float | None,
        relabel: bool,
        **options: Any,
    ) -> None:
        """Bad rows are listed by line and leave the exit status at 1; the good ones are kept."""
        if not label_field and (drawn is not None or relabel):
            raise CommandError("--drawn and --relabel are about labels: say with --label-field where they are")
        found = Source.objects.filter(slug=source).first()
        if found is None:
            raise CommandError(f"no source {source!r}; `createtoken --source {source}` makes it")
        labelled = Labelled(label_field, drawn, relabel) if label_field else None
        ingestion = Ingestion(found, labelled, _report, _report_differing)
        try:
            with file.open("rb") as raw:
                _ingest(raw, file, ingestion)
        except (OSError, Unreadable) as error:
            so_far = f"; {ingestion.upload.items} rows before that are dealt with" if ingestion.upload.items else ""
            raise CommandError(
                f"{file.name}: {error}{so_far}" if isinstance(error, Unreadable) else str(error)
            ) from None
        self.stdout.write(_summary(ingestion))
        if ingestion.labels and drawn is None:
            self.stdout.write(UNDECLARED)
        if ingestion.upload.rejected_total:
            raise CommandError(f"{ingestion.upload.rejected_total} rows rejected")


def rate(written: str) -> float:
    """A share above 0, up to 1. Raises ArgumentTypeError."""
    try:
        value = float(written)
    except ValueError:
        value = 0.0
    if not 0 < value <= 1:
        raise ArgumentTypeError(f"a rate lies above 0 and goes up to 1, not {written!r}")
    return value


def _ingest(raw: IO[bytes], path: Path, ingestion: Ingestion) -> None:
    items = read_items(chunks_of(raw), kind_of(path.name), free=ANY_SIZE)
    size = os.fstat(raw.fileno()).st_size
    with tqdm(total=size, unit="B", unit_scale=True, disable=not sys.stderr.isatty()) as bar:

        def take(batch: Batch) -> None:
            ingestion.take(batch)
            bar.update(raw.tell() - bar.n)

        store_in_background(ingestion.batches(items), take)


def _summary(ingestion: Ingestion) -> str:
    said = [f"{ingestion.upload.accepted} accepted", f"{ingestion.upload.duplicates} duplicates"]
    if ingestion.labelled:
        said.append(f"{ingestion.labels} labels")
        said += [f"{ingestion.corrected} corrected"] if ingestion.labelled.relabel else []
        said += [f"{ingestion.differing} differ from what stands"] if ingestion.differing else []
    return ", ".join(said)


def _report(rejection: Rejection) -> None:
    tqdm.write(f"line {rejection.line}: {rejection.message}", file=sys.stderr)


def _report_differing(label: Rejection) -> None:
    tqdm.write(f"line {label.line}: {label.message}; --relabel corrects it", file=sys.stderr)
