"""Score texts from standard input. Needs no server and no database."""

import json
import sys
from argparse import ArgumentParser
from collections.abc import Iterator, Sequence
from io import TextIOWrapper
from itertools import islice
from time import perf_counter
from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand, CommandError

from inference.calibration.category_probabilities import category_probabilities
from inference.scoring.normalise import normalised

if TYPE_CHECKING:
    from inference.calibration.calibrators import Calibrator
    from inference.scoring.text_score import Scorer

CHUNK = 256  # lines that share their passes


class Command(BaseCommand):
    """`manage.py score`: a text a line in, a JSON object a line out, in order."""

    help = "Read texts from standard input, a line each; write a judgement each as a JSON line, in order."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--model", help="folder or hub id; MODDOG_MODEL or the shipped model if left out")

    def handle(self, *args: Any, **options: Any) -> None:
        from django.conf import settings

        from inference.calibration.shipped_calibrator import NoCalibrator, shipped_calibrator
        from inference.scoring.devices import device_for, precision_for
        from inference.scoring.fingerprint import as_asked_now
        from inference.scoring.prompt import UnusableTokenizer
        from inference.scoring.scorer import load_scorer

        asked = settings.VARIABLES
        model = options["model"] or asked.model or None
        adapter = None if options["model"] else asked.adapter or None
        try:
            precision = asked.dtype or precision_for(device_for(asked.device or None))
            scorer = load_scorer(
                model,
                device=asked.device or None,
                dtype=precision,
                adapter=adapter,
            )
            calibrator = shipped_calibrator(adapter or model, as_asked_now(scorer.model_hash, precision))
        except (OSError, ValueError, NoCalibrator, UnusableTokenizer) as error:
            raise CommandError(str(error)) from error
        if isinstance(sys.stdin, TextIOWrapper):  # what is not UTF-8 costs its own letters only, never a line
            sys.stdin.reconfigure(encoding="utf-8", errors="replace", newline="\n")
        lines = (line.rstrip("\r\n") for line in sys.stdin)
        while chunk := list(islice(lines, CHUNK)):
            for judgement in setup(scorer, calibrator, chunk):
                self.stdout.write(json.dumps(judgement))
            self.stdout.flush()


def setup(scorer: "Scorer", calibrator: "Calibrator", texts: Sequence[str]) -> Iterator[dict[str, Any]]:
    """A judgement for each text, in order; `ms` is each one's share of the time that they took together.

    A text of several windows has the margin of its worst: the calibrator, which was fitted on single ones, does not
    hold for it, and `calibrated` says so.
    """
    started = perf_counter()
    scores = scorer.score([normalised(text) for text in texts])
    probabilities = calibrator.predict([score.margin for score in scores])
    share = 1000.0 * (perf_counter() - started) / len(texts)
    for score, probability in zip(scores, probabilities, strict=True):
        reading = category_probabilities(float(probability), score.category_log_probs)
        yield {
            "margin": score.margin,
            "probability": float(probability),
            "flag": reading.flag,
            "category": reading.category,
            "categories": reading.categories,
            "ms": round(share, 3),
            **({} if score.windows == 1 else {"windows": score.windows, "calibrated": False}),
        }
