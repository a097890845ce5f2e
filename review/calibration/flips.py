"""What another calibrator would do differently to recent outcomes and to waiting cases, from stored margins."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from review.models import CalibratorVersion, Outcome, Score
from review.registry import rerouting
from review.registry.calibrators import read
from review.registry.scoring_setup import ScoringSetup
from review.verdicts.context import EvaluationContext, load_context
from review.verdicts.evaluate import evaluate_scores
from review.verdicts.probabilities import probabilities_of

MOST = 2_000  # of either sort that are looked at: enough for shares to a percent, and no wait


@dataclass(frozen=True)
class Way:
    """So many messages that would go `after` where they go `before` now."""

    before: str
    after: str
    count: int


@dataclass(frozen=True)
class Flips:
    """`outcomes` and `waiting` were looked at, the newest MOST of either; the ways are those that would change."""

    outcomes: int
    outcome_ways: tuple[Way, ...]
    waiting: int
    waiting_ways: tuple[Way, ...]

    @property
    def flipping(self) -> int:
        return sum(way.count for way in self.outcome_ways)

    @property
    def flipping_cases(self) -> int:
        return sum(way.count for way in self.waiting_ways)


def flips(setup: ScoringSetup, calibrator: CalibratorVersion) -> Flips:
    """Compare a calibrator with the one in force, both under today's policies."""
    of_setup = {"score__model": setup.model, "score__rubric": setup.rubric}
    acted = Outcome.objects.filter(decision=None, **{f"verdict__{key}": value for key, value in of_setup.items()})
    cases = rerouting.waiting().filter(**{f"verdict__{key}": value for key, value in of_setup.items()})
    outcomes = [row.verdict.score for row in acted.select_related(_SCORE).order_by("-pk")[:MOST]]  # type: ignore[union-attr]
    waiting = [row.verdict.score for row in cases.select_related(_SCORE).order_by("-pk")[:MOST]]  # type: ignore[union-attr]
    now = load_context(setup, [score.message for score in outcomes + waiting])
    then = replace(now, version=calibrator, calibrator=read(calibrator))
    return Flips(len(outcomes), _ways(now, then, outcomes), len(waiting), _ways(now, then, waiting))


_SCORE = "verdict__score__message"


def _ways(now: EvaluationContext, then: EvaluationContext, scores: Sequence[Score]) -> tuple[Way, ...]:
    counted = Counter(
        (before, after)
        for before, after in zip(_routes(now, scores), _routes(then, scores), strict=True)
        if before != after
    )
    return tuple(Way(before, after, count) for (before, after), count in counted.most_common())


def _routes(context: EvaluationContext, scores: Sequence[Score]) -> list[str]:
    probabilities = probabilities_of(context, scores) if scores else []
    return [verdict.route for verdict, _ in evaluate_scores(context, scores, probabilities)]
