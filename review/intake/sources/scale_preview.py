"""What the scales would have done: how many of last week's messages are above a client's threshold."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, timedelta
from functools import partial

import numpy as np
from django.db.models import Sum
from django.utils import timezone
from numpy.typing import NDArray

from inference.calibration.calibrators import Calibrator as Map
from inference.categories import CATEGORIES
from review.intake.dropin.scale import Scale, anchored, starts
from review.models import AnsweredCount, Source
from review.registry.calibrators import active_calibrator, probability_at, read
from review.registry.in_context import setup_of
from review.registry.ladder import parse
from review.registry.policy_versions import policy_of
from review.registry.scoring_setup import ScoringSetup
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
    setup = setup_of(source)
    calibrator = active_calibrator(setup.model, setup.rubric) if setup else None
    if setup is None or calibrator is None:
        return None
    by_category, unscored = _week(source, setup)
    map_, ladders = read(calibrator), parse(policy_of(source).ladders)
    thresholds = sorted({*USUAL, *anchors.values()})
    above = np.zeros((len(thresholds), 2), dtype=np.int64)
    for category, bins in by_category.items():
        probability = partial(_probability, map_, source, category)
        drawn = ladders.of(category).drawn(setup.key, probability)
        probabilities = map_.predict(CENTRES, [category] * len(CENTRES), [str(source.pk)] * len(CENTRES))
        for column, scale in enumerate((Scale(), anchored(starts(drawn, setup.key), anchors))):
            scores = np.array([scale(float(p)) for p in probabilities])
            above[:, column] += [int(bins[scores > threshold].sum()) for threshold in thresholds]
    total = sum(int(bins.sum()) for bins in by_category.values())
    rows = zip(thresholds, above.tolist(), strict=True)
    return ScalePreview(total, unscored, [Above(threshold, *found) for threshold, found in rows])


def _probability(map_: Map, source: Source, category: str, margin: float) -> float:
    return probability_at(map_, margin, source.pk, category)


def _week(source: Source, setup: ScoringSetup) -> tuple[dict[str, NDArray[np.int64]], int]:
    """By likeliest violation the messages of each bin, stored or answered and not kept; and those without a score."""
    since = timezone.now().astimezone(UTC).date() - WEEK
    stored = counts(source, setup.model, setup.rubric, WEEK)
    by_category = {name: stored.by_category[name].copy() for name in CATEGORIES}
    unscored = stored.unrouted
    answered = AnsweredCount.objects.filter(source=source, model=setup.model, rubric=setup.rubric, day__gte=since)
    for category, bin_, count in answered.values_list("category", "bin").annotate(Sum("count")):
        if category:
            by_category[category][bin_ + OUTERMOST] += count
        else:
            unscored += count
    return by_category, unscored
