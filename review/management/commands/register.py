"""Put a model in the registry beside the one that judges, as a candidate that may run in shadow and be promoted."""

import math
from argparse import ArgumentParser
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand, CommandError

from review.judging.registry import AlreadyRegistered, active_judge, add_candidate
from review.judging.worker import load_here
from review.management.candidates import begun

if TYPE_CHECKING:
    from inference.text_score import Scorer

TRIED = ("good game everyone, see you tomorrow", "shut up you worthless idiot")


class Command(BaseCommand):
    help = (
        "Register a model as a candidate beside the one that judges: a bigger one, or one that was tuned elsewhere. "
        "It judges nothing until an admin promotes it at /models/."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("model", metavar="MODEL", help="folder that every worker can read, or hub id")
        parser.add_argument("--adapter", default="", metavar="FOLDER", help="LoRA adapter (or hub id) to merge at load")
        parser.add_argument("--shadow", action="store_true", help="run the candidate in shadow at once")

    def handle(self, *args: Any, **options: Any) -> None:
        judge = active_judge()
        if not judge:
            raise CommandError("no model has judged here yet; start moddog once, or run manage.py classify")
        location, adapter = _place(options["model"]), _place(options["adapter"])
        scorer = self._loaded(location, judge.rubric.text, adapter)
        try:
            model = add_candidate(location, scorer.name, scorer.model_hash, adapter=adapter)
        except AlreadyRegistered as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"Candidate {model.pk}, {model}, is registered. {begun(model, asked=options['shadow'])}")

    def _loaded(self, location: str, rubric: str, adapter: str) -> "Scorer":
        """The model, which has judged two lines without fault."""
        from inference.scorer import UnusableTokenizer

        try:
            scorer = load_here(location, rubric, adapter)
        except (OSError, ValueError, UnusableTokenizer) as error:
            raise CommandError(f"cannot judge with {location}: {error}") from error
        margins = [score.margin for score in scorer.score(TRIED)]
        if not all(map(math.isfinite, margins)):
            raise CommandError(f"{location} gives no finite margins here ({margins}); try another MODDOG_DTYPE")
        for line, margin in zip(TRIED, margins, strict=True):
            self.stdout.write(f"{margin:+7.2f}  {line}")
        return scorer


def _place(given: str) -> str:
    """An absolute path where a folder is named, so that workers find it from wherever they run."""
    return str(Path(given).expanduser().absolute()) if given and Path(given).expanduser().exists() else given
