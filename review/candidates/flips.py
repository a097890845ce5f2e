"""Messages that would go another way under a candidate: flagged or not, or sent elsewhere by the policy in force."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from django.db.models import QuerySet

from inference.calibration.calibrators import Calibrator
from review.models import Case, Message, Score
from review.models.sealing import sealed
from review.registry.scoring_setup import ScoringSetup
from review.verdicts.context import EvaluationContext, load_context
from review.verdicts.evaluate import evaluate_scores
from review.verdicts.probabilities import probabilities_of

LOOKED_AT = 1_000
SHOWN = 20


@dataclass(frozen=True)
class Side:
    """What one model makes of a message: probability (None where several windows leave none), flag, and the way."""

    probability: float | None
    flag: bool
    action: str


@dataclass(frozen=True)
class Flip:
    """A message on which the two part."""

    message: Message
    before: Side
    after: Side

    @property
    def starkness(self) -> float:
        """How far the two probabilities are apart; 0 where there are not two."""
        before, after = self.before.probability, self.after.probability
        return 0.0 if before is None or after is None else abs(after - before)


@dataclass(frozen=True)
class Flips:
    """How many messages both scored lately, on how many flag or route would change and how, and the starkest few."""

    looked_at: int
    newly_flagged: int
    no_longer_flagged: int
    rerouted: list[tuple[str, str, int]]
    shown: list[Flip]


def flips(candidate: ScoringSetup, active: ScoringSetup, candidate_calibrator: Calibrator) -> Flips | None:
    """Compare on the newest messages that both scored, without those of sealed cases. None with no calibrator now."""
    both = _both(candidate, active)
    now = load_context(active, [new.message for new, _ in both])
    if not now.calibrator:
        return None
    then = replace(now, setup=candidate, version=None, calibrator=candidate_calibrator)
    before, after = _sides(now, [old for _, old in both]), _sides(then, [new for new, _ in both])
    parted = [
        Flip(new.message, was, becomes)
        for (new, _), was, becomes in zip(both, before, after, strict=True)
        if was.flag != becomes.flag or was.action != becomes.action
    ]
    routes = Counter((flip.before.action, flip.after.action) for flip in parted)
    return Flips(
        looked_at=len(both),
        newly_flagged=sum(flip.after.flag and not flip.before.flag for flip in parted),
        no_longer_flagged=sum(flip.before.flag and not flip.after.flag for flip in parted),
        rerouted=[(*way, count) for way, count in routes.most_common() if way[0] != way[1]],
        shown=sorted(parted, key=lambda flip: -flip.starkness)[:SHOWN],
    )


def _both(candidate: ScoringSetup, active: ScoringSetup) -> list[tuple[Score, Score]]:
    """The newest scores of the candidate, each with that of the active model on the same message.

    Three plain queries: in one, the planner may join tables whose size it misjudges row by row, for minutes.
    """
    newest = _of(candidate).exclude(message__text="").order_by("-message_id").select_related("message")
    new = {score.message_id: score for score in newest[:LOOKED_AT]}
    blind = Case.objects.filter(sealed(), members__message__in=list(new)).values_list("members__message", flat=True)
    old = _of(active).filter(message__in=new.keys() - set(blind)).select_related("message")
    both = [(new[score.message_id], score) for score in old]
    return sorted(both, key=lambda setup_key: -setup_key[0].message_id)


def _of(setup: ScoringSetup) -> QuerySet[Score]:
    return Score.objects.filter(model=setup.model, rubric=setup.rubric)


def _sides(context: EvaluationContext, scores: Sequence[Score]) -> list[Side]:
    """What the bench makes of scores; the cohort is left out, since who is drawn does not depend on the model."""
    probabilities = probabilities_of(context, scores) if scores else []
    judged = zip(probabilities, evaluate_scores(context, scores, probabilities), strict=True)
    return [Side(p, bool(verdict.flag), way.action) for p, (verdict, way) in judged]
