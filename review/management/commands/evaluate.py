"""Score labelled texts and say what the scores are worth. Needs no server and no database."""

import json
from argparse import ArgumentParser
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from inference.evaluation.evaluate import Scored, divided, evaluate
from inference.evaluation.labelled_texts import BadLine, LabelledText, read_labelled
from inference.evaluation.paired_speed import times_as_fast
from inference.evaluation.side_by_side import side_by_side
from inference.evaluation.table import comparison, table
from review.management.arguments import share
from review.management.evaluation_report import report
from review.management.kept_calibrator import kept_calibrator, written
from review.management.scoring_in_turn import CHUNK, as_read, chunks, in_turn, scored

if TYPE_CHECKING:
    from inference.scoring.text_score import Scorer, TextScore
    from inference.scoring.windowed_scorer import WindowedScorer

SETS = {"golden": settings.PROJECT / "review" / "demo" / "golden.jsonl"}
SHIPPED = "nano"
OF_ONE = ("html", "adapter", "emitted", "save_calibrator")
"""Options that are for one model."""


class Command(BaseCommand):
    help = "Score labelled JSON lines; fit a calibrator on a random part of them and measure it on the rest."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "file",
            type=_path,
            help='JSON lines, .gz too: {"text", "flag": 0 or 1, "category"?, "source"?}; or "golden", the demo\'s set',
        )
        parser.add_argument(
            "--model",
            action="append",
            help="folder or hub id; the shipped model (also nano) if left out. Given again, models stand side by side",
        )
        parser.add_argument("--format", default="", help="verdict format of the models, where it is not recognised")
        parser.add_argument(
            "--risk", type=share, default=0.05, help="side by side: the most that may be wrong on either side (0.05)"
        )
        parser.add_argument("--adapter", metavar="FOLDER", help="LoRA adapter (or hub id) to merge at load")
        parser.add_argument("--json", action="store_true", help="one JSON object instead of a table")
        parser.add_argument("--html", type=Path, metavar="FILE", help="also write a report with charts")
        parser.add_argument(
            "--save-calibrator",
            type=Path,
            metavar="FILE",
            help="keep the calibrator that was measured, for manage.py register --calibrator",
        )
        parser.add_argument(
            "--live-share",
            type=share,
            metavar="F",
            help="the share of violations in live traffic that the calibrator is kept for; the file's if left out",
        )
        parser.add_argument("--emitted", action="store_true", help="also generate the written confidence (slow)")
        parser.add_argument("--fraction-calibrate", type=share, default=0.5, metavar="F", help="default 0.5")
        parser.add_argument("--seed", type=int, default=0, help="default 0")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            rows = read_labelled(options["file"])
        except (BadLine, OSError) as error:
            raise CommandError(str(error)) from error
        if not rows:
            raise CommandError(f"{options['file']} has no texts")
        page: Path | None = options["html"]
        for path in (page, options["save_calibrator"]):
            if path and not path.parent.is_dir():
                raise CommandError(f"there is no folder {path.parent} for {path.name}")
        models = options["model"] or [None]
        if len(models) > 1:
            self._compare(rows, models, options)
            return
        scorer = _loaded(models[0], options)
        labelled, speed = score_all(scorer, rows, emitted=options["emitted"])
        how = {"fraction": options["fraction_calibrate"], "seed": options["seed"]}
        try:
            figures = evaluate(labelled, **how)
        except ValueError as error:
            raise CommandError(str(error)) from error
        figures |= {"model": scorer.name, "messages_per_second": speed}
        self.stdout.write(json.dumps(figures, allow_nan=False) if options["json"] else table(figures))
        if options["save_calibrator"]:
            kept = kept_calibrator(scorer, labelled, divided(labelled, **how), options["live_share"])
            written(options["save_calibrator"], json.dumps(kept, indent=2) + "\n")
            self.stderr.write(f"The calibrator is in {options['save_calibrator']}.")
        if page:
            text = report(figures, labelled, divided(labelled, **how), name=options["file"].name, seed=options["seed"])
            written(page, text)

    def _compare(self, rows: Sequence[LabelledText], models: Sequence[str], options: Mapping[str, Any]) -> None:
        """Several models on the same rows, all in memory, so that they can take turns."""
        if refused := [f"--{name.replace('_', '-')}" for name in OF_ONE if options[name]]:
            raise CommandError(f"{', '.join(refused)} is for one model")
        scorers = [_loaded(model, options) for model in models]
        texts = as_read(rows)
        passes = in_turn(scorers, texts)
        found = [scored(rows, texts, own.scores) for own in passes]
        how = {"fraction": options["fraction_calibrate"], "seed": options["seed"], "risk": options["risk"]}
        try:
            figures = side_by_side(found, **how)
        except ValueError as error:
            raise CommandError(str(error)) from error
        compared = [
            {
                "model": scorer.name,
                "format": scorer.verdict_format,
                **what,
                "messages_per_second": own.messages_per_second,
                "third_share": own.third_share,
            }
            for scorer, what, own in zip(scorers, figures, passes, strict=True)
        ]
        for model, own in zip(compared[1:], passes[1:], strict=True):
            model["differences"]["times_as_fast"] = times_as_fast(passes[0].seconds, own.seconds)
        if options["json"]:
            whole = {"risk": options["risk"], "models": compared}
            self.stdout.write(json.dumps(whole, allow_nan=False))
        else:
            self.stdout.write(comparison(compared, options["risk"]))


def _loaded(model: str | None, options: Mapping[str, Any]) -> "WindowedScorer":
    """A model by its place. Raises CommandError."""
    from inference.scoring.prompt import UnusableTokenizer
    from inference.scoring.scorer import load_scorer

    asked = settings.VARIABLES
    try:
        return load_scorer(
            None if model == SHIPPED else model,
            device=asked.device or None,
            dtype=asked.dtype or None,
            adapter=options["adapter"] or None,
            verdict_format=options["format"],
        )
    except (OSError, ValueError, UnusableTokenizer) as error:
        named = model or "the shipped model"
        raise CommandError(f"{named} cannot be loaded from a folder or from the hub: {error}") from error


def _path(named: str) -> Path:
    """A file, or where there is none of that name one of the sets that come with moddog."""
    path = Path(named)
    return path if path.exists() else SETS.get(named, path)


def score_all(scorer: "Scorer", rows: Sequence[LabelledText], *, emitted: bool) -> tuple[Scored, float]:
    """The rows with their margins, and how many texts a second the scoring took."""
    texts = as_read(rows)
    (own,) = in_turn([scorer], texts)
    found = scored(rows, texts, own.scores)
    if emitted:
        found = replace(found, emitted=_written(scorer, texts, own.scores))
    return found, own.messages_per_second


def _written(scorer: "Scorer", texts: list[str], scores: "list[TextScore]") -> "np.ndarray[Any, np.dtype[np.float64]]":
    """The confidence that the model wrote for each text, NaN where it wrote none."""
    written: list[float] = []
    for chunk in chunks(texts, CHUNK, "explaining"):
        explained = scorer.explain(chunk, scores[len(written) : len(written) + len(chunk)])
        found = (each.emitted_confidence for each in explained)
        written += [float("nan") if value is None else value for value in found]
    return np.array(written)
