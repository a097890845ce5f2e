"""What pages show of cascades: what one is made of, how much its second reads, and the trade-off for other bands."""

from dataclasses import dataclass

from django.core.cache import cache
from django.utils import timezone

from inference.calibration.fitting import CannotFit
from inference.evaluation.cascade_tradeoff import TradeOff, trade_off
from review.calibration.labels import usable
from review.models import Cascade, ModelVersion, Score
from review.registry.cascades import cascade_of
from review.registry.scoring_setup import ScoringSetup

KEPT_FOR = 300  # seconds that a trade-off stays in the cache: its labels come in slowly
NEWEST = 1_000
"""Scores that a share is counted over."""


@dataclass(frozen=True)
class Parts:
    """The first and the second of a cascade that is there, or of one that could be made; `made` where it is there."""

    first: ModelVersion
    second: ModelVersion
    made: Cascade | None


@dataclass(frozen=True)
class Deferred:
    """Of the newest scores of a cascade, how many are its second's."""

    scores: int
    deferred: int

    @property
    def share(self) -> float:
        return self.deferred / self.scores


def parts(model: ModelVersion, active: ScoringSetup) -> Parts | None:
    """What a cascade's page is about. A candidate is shown as the second after the model that judges.

    None for a version in context, and for a model that stands in the cascade that judges as its first.
    """
    if model.earlier_messages:
        return None
    if made := cascade_of(model):
        return Parts(made.first, made.second, made)
    judging = cascade_of(active.model)
    first = judging.first if judging else active.model
    return None if first == model else Parts(first, model, None)


def deferred(model: ModelVersion, active: ScoringSetup) -> Deferred | None:
    """How much the second of a cascade reads; None where it is none, or has scored nothing."""
    if not cascade_of(model):
        return None
    scores = Score.objects.filter(model=model, rubric=active.rubric).order_by("-pk")
    newest = list(scores.values_list("deferred", flat=True)[:NEWEST])
    return Deferred(len(newest), sum(newest)) if newest else None


def trade_off_of(found: Parts, active: ScoringSetup) -> TradeOff:
    """The trade-off on the cohort labels that both have scored; no points, and why, where they are too few."""
    key = f"cascade:{found.first.pk}.{found.second.pk}.{active.rubric.pk}"
    known: TradeOff | None = cache.get(key)
    if known is None:
        known = _trade_off(found, active)
        cache.set(key, known, KEPT_FOR)
    return known


def _trade_off(found: Parts, active: ScoringSetup) -> TradeOff:
    at, rubric = timezone.now(), active.rubric
    mine = usable(found.first, rubric, at, beside=ScoringSetup(found.second, rubric))
    theirs = usable(found.second, rubric, at, beside=ScoringSetup(found.first, rubric))
    mine, theirs = (each.where(each.in_cohort) for each in (mine, theirs))
    columns = (mine.margin, theirs.margin, mine.violation, mine.estimate_weights, mine.group)
    try:
        return (
            trade_off(*columns)
            if len(mine)
            else TradeOff((), 0, 0.05, "no decision of the random cohort counts for both")
        )
    except CannotFit as error:
        return TradeOff((), len(mine), 0.05, str(error))
