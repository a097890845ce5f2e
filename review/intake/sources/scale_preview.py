"""What the scales would have done: how many of last week's messages are above a client's threshold."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, timedelta
from functools import partial

import numpy as np
from django.db.models import Sum
from django.utils import timezone
from numpy.typing import NDArray

from inference.calibration.calibrators import Calibrator
from inference.categories import CATEGORIES
from review.intake.dropin.scale import Scale, anchored, starts
from review.models import AnsweredCount, Source
from review.registry.calibrators import active_calibrator, probability_at, read
from review.registry.in_context import setup_of
from review.registry.ladder import parse
from review.registry.policy_versions import policy_of
from review.registry.scoring_setup import ScoringSetup, active_setup
from review.verdicts.margin_counts import CENTRES, OUTERMOST, counts

WEEK = timedelta(days=7)
USUAL = (0.5, 0.8)
"""The thresholds that most programs come with."""


@dataclass(frozen=True)
class Above:
    """How many messages are above a threshold on each of the scales."""

    threshold: float
    calibrated: int
    anchored: int


@dataclass(frozen=True)
class ScalePreview:
    """A week of a source: `total` messages whose margin counts, `unscored` that have no score to be given."""

    total: int
    unscored: int
    rows: list[Above]


def scale_preview(source: Source, anchors: Mapping[str, float]) -> ScalePreview | None:
    """None where there is no model or calibrator yet, so that nothing can be said."""
    thresholds = sorted({*USUAL, *anchors.values()})
    above = np.zeros((len(thresholds), 2), dtype=np.int64)
    total, unscored, ladders = 0, 0, parse(policy_of(source).ladders)
    weeks = [week for week in (_kept(source), _not_kept(source)) if week]
    for week in weeks:
        unscored += week.unscored
        for category, bins in week.by_category.items():
            total += int(bins.sum())
            drawn = ladders.of(category).drawn(week.setup.key, partial(week.probability, source, category))
            probabilities = week.calibrator.predict(CENTRES, [category] * len(CENTRES), [str(source.pk)] * len(CENTRES))
            for column, scale in enumerate((Scale(), anchored(starts(drawn, week.setup.key), anchors))):
                scores = np.array([scale(float(p)) for p in probabilities])
                above[:, column] += [int(bins[scores > threshold].sum()) for threshold in thresholds]
    rows = zip(thresholds, above.tolist(), strict=True)
    return ScalePreview(total, unscored, [Above(threshold, *found) for threshold, found in rows]) if weeks else None


@dataclass
class _Week:
    """What one setup scored: by likeliest violation the texts of each bin, and how many had no score to be given."""

    setup: ScoringSetup
    calibrator: Calibrator
    by_category: dict[str, NDArray[np.int64]]
    unscored: int

    def probability(self, source: Source, category: str, margin: float) -> float:
        return probability_at(self.calibrator, margin, source.pk, category)


def _kept(source: Source) -> _Week | None:
    """The messages of the source, which its policy may have judged in their context."""
    setup = setup_of(source)
    version = active_calibrator(setup.model, setup.rubric) if setup else None
    if setup is None or version is None:
        return None
    stored = counts(source, setup.model, setup.rubric, WEEK)
    return _Week(setup, read(version), stored.by_category, stored.unrouted)


def _not_kept(source: Source) -> _Week | None:
    """What was answered and not kept: judged by the text alone, whatever the policy says."""
    setup = active_setup()
    version = active_calibrator(setup.model, setup.rubric) if setup else None
    if setup is None or version is None:
        return None
    since = timezone.now().astimezone(UTC).date() - WEEK
    week = _Week(setup, read(version), {name: np.zeros(2 * OUTERMOST, dtype=np.int64) for name in CATEGORIES}, 0)
    answered = AnsweredCount.objects.filter(source=source, model=setup.model, rubric=setup.rubric, day__gte=since)
    for category, bin_, count in answered.values_list("category", "bin").annotate(Sum("count")):
        if category:
            week.by_category[category][bin_ + OUTERMOST] += count
        else:
            week.unscored += count
    return week
