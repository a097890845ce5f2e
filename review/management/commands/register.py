"""Put a model in the registry beside the one that judges, as a candidate that may run in shadow and be promoted."""

import json
import math
from argparse import ArgumentParser
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand, CommandError

from inference.calibration.calibrator_json import from_json
from inference.calibration.shipped_calibrator import rubric_hash, unlike
from inference.scoring.identity import Identity
from inference.scoring.prompt_form import MOST_EARLIER
from inference.scoring.text_score import InContext, Text
from inference.scoring.verdict_format import format_names, read_format
from inference.shipped_model import NANO
from review.candidates.cascading import newest_of
from review.candidates.promotion import CannotPromote, roll_back
from review.judging.precisions import precision_that_pays
from review.judging.worker import identity_of, open_scorer, pinned_place, shipped_calibrator
from review.management import cascades
from review.management.candidates import begun, refuse_shadow_beside_a_server
from review.models import ModelVersion, Rubric
from review.registry.calibrators import GIVEN, seed_shipped_calibrator
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
            "--precision",
            default="",
            metavar="DTYPE",
            help="of the weights: float32, bfloat16, float16, int8 or int4; on a CPU a timed try of the first two else",
        )
        parser.add_argument(
            "--context",
            type=int,
            default=0,
            choices=range(MOST_EARLIER + 1),
            metavar="N",
            help=f"the version that reads N earlier messages (0 to {MOST_EARLIER}) before each; policies switch it on",
        )
        parser.add_argument(
            "--format",
            default="",
            choices=("", *format_names()),
            metavar="NAME",
            help="how it is asked and says its verdict, where that is not recognised: " + ", ".join(format_names()),
        )
        parser.add_argument(
            "--calibrator",
            type=Path,
            metavar="FILE",
            help="of evaluate --save-calibrator, so that it starts calibrated; that beside the weights if left out",
        )
        parser.add_argument(
            "--after",
            default="",
            metavar="FIRST",
            help="make a cascade: the registered model at FIRST reads every message, MODEL what that leaves to it",
        )
        parser.add_argument(
            "--band", nargs=2, type=float, metavar=("LOW", "HIGH"), help="margins of FIRST that are left to MODEL"
        )
        parser.add_argument(
            "--scale",
            nargs=2,
            type=float,
            metavar=("SLOPE", "OFFSET"),
            help="SLOPE times MODEL's margin + OFFSET lies on the scale of FIRST; fitted on labels where not given",
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
        terms = options["band"], options["scale"], options["context"]
        cascade_options = cascades.cascade_options(_place(options["after"]), *terms)
        if cascade_options and options["calibrator"]:
            raise CommandError("a cascade has a calibrator of its own, so --calibrator does not go with --after")
        first = cascades.first_of(cascade_options) if cascade_options else None
        location, adapter = _place(options["model"]), _place(options["adapter"])
        is_here = location == SHIPPED or Path(location).exists()
        self.stdout.write(f"Loading {location}{'' if is_here else ', downloaded first if need be'}.")
        precision = options["precision"] or self._precision(location, setup, adapter, options)
        asked = (setup.rubric.text, adapter, precision, options["format"])
        scorer = self._loaded(location, *asked, in_context=options["context"] > 0)
        place = pinned_place(location), pinned_place(adapter)
        identity, name = identity_of(scorer, precision, options["context"]), scorer.name
        if options["context"]:
            name = name_in_context(name, options["context"])
        if cascade_options and first:
            second = self._second(identity, name, place)
            self._cascade(
                cascade_options, ScoringSetup(first, setup.rubric), ScoringSetup(second, setup.rubric), scorer, options
            )
            return
        given = _calibrator(options["calibrator"], place[1] or place[0], identity, setup.rubric)
        model, how = self._candidate(setup.model, identity, name, place, options["back"])
        if options["back"]:
            self._back(ScoringSetup(model, setup.rubric))
            return
        self.stdout.write(f"Candidate {model.pk}, {model}, {how}. {begun(model, asked=options['shadow'])}")
        if given:
            kept = seed_shipped_calibrator(model, setup.rubric, given, why=GIVEN)
            self.stdout.write(
                f"It starts with this {kept.kind} calibrator, so it may judge as soon as an admin promotes it."
                if kept
                else "It has calibrators under this rubric already, so this one was left aside."
            )

    def _precision(self, location: str, setup: ScoringSetup, adapter: str, options: dict[str, Any]) -> str:
        """The precision where none is asked for: that of the shipped model, of the calibrator that is given, or of
        the version that these weights were before; else what a timed try says pays, and by chance not always the same.
        """
        if location == SHIPPED:
            return setup.model.precision
        if precision := _fitted_in(options["calibrator"]) or _registered_in(location, adapter):
            return precision

        def opened(precision: str) -> "Scorer":
            return open_scorer(location, setup.rubric.text, adapter, precision, options["format"])

        return precision_that_pays(location, opened, self.stdout.write)

    def _loaded(
        self, location: str, rubric: str, adapter: str, precision: str, verdict_format: str, *, in_context: bool
    ) -> "Scorer":
        """The model, which has judged two lines without fault."""
        try:
            scorer = open_scorer(location, rubric, adapter, precision, verdict_format)
            scorer.warm_up()
            tried: list[Text] = [InContext(line, SAID_BEFORE) if in_context else line for line in TRIED]
            margins = [score.margin for score in scorer.score(tried)]
        except Exception as error:  # files cut short, an adapter of another size, too little memory
            both = f"{location} and {adapter}" if adapter else location
            raise CommandError(f"cannot judge with {both}: {error}") from error
        if not all(map(math.isfinite, margins)):
            raise CommandError(f"{location} gives no finite margins here ({margins}); try another --precision")
        self.stdout.write(f"Format {identity_of(scorer, precision).format}.")
        for line, margin in zip(TRIED, margins, strict=True):
            self.stdout.write(f"margin {margin:+.2f}: {line}")
        return scorer

    def _cascade(
        self,
        cascade_options: cascades.CascadeOptions,
        first: ScoringSetup,
        second: ScoringSetup,
        scorer: "Scorer",
        options: dict[str, Any],
    ) -> None:
        if options["back"]:
            known = newest_of(first.model, second.model, cascade_options.low, cascade_options.high)
            if not known:
                raise CommandError("there is no such cascade in the registry")
            self._back(ScoringSetup(known, first.rubric))
            return
        model, both = cascades.cascade(cascade_options, first, second, scorer, self.stdout.write)
        for line, score in zip(TRIED, both.score(TRIED), strict=True):
            spoke = second if score.deferred else first
            self.stdout.write(f"margin {score.margin:+.2f} by {spoke.model.name}: {line}")
        self.stdout.write(f"Candidate {model.pk}, {model}, is registered. {begun(model, asked=options['shadow'])}")

    def _second(self, identity: Identity, name: str, place: tuple[str, str]) -> ModelVersion:
        """The row of the model itself, which stands in the registry beside the cascade."""
        location, adapter = place
        return find(identity) or add_candidate(location, name, identity, adapter=adapter)

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


def _calibrator(named: Path | None, place: str, identity: Identity, rubric: Rubric) -> dict[str, Any] | None:
    """The calibrator that is named, or what lies beside the weights; None where neither is. Raises CommandError."""
    if named is None:
        return shipped_calibrator(place, identity)
    try:
        found: dict[str, Any] = json.loads(named.read_text(encoding="utf-8"))
        from_json(found)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise CommandError(f"{named} is no calibrator: {error}") from error
    other = unlike(found, identity)
    if read_format(identity.format).reads_rubric and found.get("rubric", "") != rubric_hash(rubric.text):
        other = " and ".join(filter(None, (other, "rubric")))
    if other:
        raise CommandError(f"{named} was fitted on other {other} than would be registered")
    return found


def _fitted_in(calibrator: Path | None) -> str:
    """The precision of the margins that this file is about; empty where it is no calibrator, which is told later."""
    try:
        found = json.loads(calibrator.read_text(encoding="utf-8")) if calibrator else {}
        return str(found.get("precision", ""))
    except (OSError, ValueError, AttributeError):
        return ""


def _registered_in(location: str, adapter: str) -> str:
    """The precision of the newest version of these weights; empty where there is none."""
    from inference.scoring.fingerprint import fingerprint

    try:
        weights = fingerprint(location, adapter or None)
    except OSError:  # which the caller meets again when it loads the model, and tells
        return ""
    known = ModelVersion.objects.filter(weights_hash=weights).order_by("-pk")
    return known.values_list("precision", flat=True).first() or ""


def _place(given: str) -> str:
    """What the registry calls a place: a folder by its absolute path, wherever workers run. Raises CommandError."""
    folder = Path(given).expanduser()
    if not folder.exists() and (given.startswith(("/", ".", "~")) or given.count("/") > 1):
        raise CommandError(f"there is no folder {folder}")
    if not (given and folder.exists()):
        return given
    return SHIPPED if folder.resolve() == NANO.resolve() else str(folder.resolve())
