"""Put a model in the registry beside the one that judges, as a candidate that may run in shadow and be promoted."""

import math
from argparse import ArgumentParser
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand, CommandError

from inference.scoring.identity import Identity
from inference.scoring.prompt_form import MOST_EARLIER
from inference.scoring.text_score import InContext, Text
from inference.shipped_model import NANO
from review.candidates.promotion import CannotPromote, roll_back
from review.judging.worker import identity_of, open_scorer, pinned_place
from review.management.candidates import begun, refuse_shadow_beside_a_server
from review.models import ModelVersion
from review.registry.in_context import name_in_context
from review.registry.model_versions import SHIPPED, add_candidate, find, move_candidate
from review.registry.scoring_setup import ScoringSetup, active_setup

if TYPE_CHECKING:
    from inference.scoring.text_score import Scorer

SAID_BEFORE = ("who wants another round?",)
TRIED = ("good game everyone, see you tomorrow", "shut up you worthless idiot")


class Command(BaseCommand):
    help = (
        "Register a model as a candidate beside the one that judges: a bigger one, or one that was tuned elsewhere. "
        "It judges nothing until an admin promotes it at /models/."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("model", metavar="MODEL", help="folder that every worker can read, or hub id")
        parser.add_argument("--adapter", default="", metavar="FOLDER", help="LoRA adapter (or hub id) to merge at load")
        parser.add_argument(
            "--precision", default="", metavar="DTYPE", help="of the weights: float32, bfloat16, float16, int8 or int4"
        )
        parser.add_argument(
            "--context",
            type=int,
            default=0,
            choices=range(MOST_EARLIER + 1),
            metavar="N",
            help=f"the version that reads N earlier messages (0 to {MOST_EARLIER}) before each; policies switch it on",
        )
        what = parser.add_mutually_exclusive_group()
        what.add_argument("--shadow", action="store_true", help="run the candidate in shadow at once")
        what.add_argument(
            "--back",
            action="store_true",
            help="have one that has judged before judge again, as /models/ does, when that page cannot be reached",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        refuse_shadow_beside_a_server(asked=options["shadow"])
        setup = active_setup()
        if not setup:
            raise CommandError("no model has judged here yet; start moddog once, or run manage.py classify")
        location, adapter = _place(options["model"]), _place(options["adapter"])
        precision = options["precision"] or (setup.model.precision if location == SHIPPED else "")
        is_here = location == SHIPPED or Path(location).exists()
        self.stdout.write(f"Loading {location}{'' if is_here else ', downloaded first if need be'}.")
        scorer = self._loaded(location, setup.rubric.text, adapter, precision, in_context=options["context"] > 0)
        place = pinned_place(location), pinned_place(adapter)
        identity, name = identity_of(scorer, precision, options["context"]), scorer.name
        if options["context"]:
            name = name_in_context(name, options["context"])
        model, how = self._candidate(setup.model, identity, name, place, options["back"])
        if options["back"]:
            self._back(ScoringSetup(model, setup.rubric))
            return
        self.stdout.write(f"Candidate {model.pk}, {model}, {how}. {begun(model, asked=options['shadow'])}")

    def _loaded(self, location: str, rubric: str, adapter: str, precision: str, *, in_context: bool) -> "Scorer":
        """The model, which has judged two lines without fault."""
        try:
            scorer = open_scorer(location, rubric, adapter, precision)
            scorer.warm_up()
            tried: list[Text] = [InContext(line, SAID_BEFORE) if in_context else line for line in TRIED]
            margins = [score.margin for score in scorer.score(tried)]
        except Exception as error:  # files cut short, an adapter of another size, too little memory
            both = f"{location} and {adapter}" if adapter else location
            raise CommandError(f"cannot judge with {both}: {error}") from error
        if not all(map(math.isfinite, margins)):
            raise CommandError(f"{location} gives no finite margins here ({margins}); try another --precision")
        for line, margin in zip(TRIED, margins, strict=True):
            self.stdout.write(f"margin {margin:+.2f}: {line}")
        return scorer

    def _back(self, setup: ScoringSetup) -> None:
        setup.model.refresh_from_db()
        try:
            roll_back(setup, None)
        except CannotPromote as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{setup.model} judges again, with the calibrator that it had.")

    def _candidate(
        self, active: ModelVersion, identity: Identity, name: str, place: tuple[str, str], back: bool
    ) -> tuple[ModelVersion, str]:
        """The row of this version, and what was done with it, in words."""
        known, (location, adapter) = find(identity), place
        if known == active:
            raise CommandError(f"{known} judges already")
        if known and back:
            return known, "was registered before"
        same_place = place == (active.location, active.adapter)
        if same_place and identity.weights_hash != active.weights_hash:
            raise CommandError(
                f"{active}, which judges, is loaded from {location}, and that holds other weights now: put its own "
                "back there, and these into a folder of their own"
            )
        if known:
            move_candidate(known, location, adapter)
            return known, "was registered before, and is read from there now"
        return add_candidate(location, name, identity, adapter=adapter), "is registered"


def _place(given: str) -> str:
    """What the registry calls a place: a folder by its absolute path, wherever workers run. Raises CommandError."""
    folder = Path(given).expanduser()
    if not folder.exists() and (given.startswith(("/", ".", "~")) or given.count("/") > 1):
        raise CommandError(f"there is no folder {folder}")
    if not (given and folder.exists()):
        return given
    return SHIPPED if folder.resolve() == NANO.resolve() else str(folder.resolve())
