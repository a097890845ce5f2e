"""The calibrator that `manage.py evaluate` measured, kept for `manage.py register`."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.core.management.base import CommandError

from inference.calibration.calibrators import shift_to_prior
from inference.calibration.shipped_calibrator import described
from inference.evaluation.evaluate import Divided, Scored
from review.judging.worker import identity_of

if TYPE_CHECKING:
    from inference.scoring.text_score import Scorer


def kept_calibrator(scorer: "Scorer", scored: Scored, part: Divided, live_share: float | None) -> dict[str, Any]:
    """Ready for JSON, with the version that it is for. Raises CommandError where the labels gave none.

    `live_share` (0 to 1) is the share of violations in the traffic that it is kept for; None: that of the file.
    """
    if part.calibrator is None:
        raise CommandError("the part that fits has too few labels of each kind for a calibrator")
    flags = scored.flags[part.fitted]
    calibrator = part.calibrator
    if live_share is not None:
        calibrator = shift_to_prior(calibrator, float(flags.mean()), live_share)
    return described(calibrator, identity_of(scorer, ""), scorer.rubric, len(flags), int(flags.sum()))


def written(path: Path, text: str) -> None:
    """Write a file. Raises CommandError where that cannot be done."""
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise CommandError(f"{path.name} could not be written: {error}") from error
