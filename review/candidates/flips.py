"""Messages that would go another way under a candidate: flagged or not, or sent elsewhere by the policy in force."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from django.db.models import Exists, OuterRef, QuerySet

from inference.calibrators import Calibrator as Map
from inference.categories import CATEGORIES
from review.calibration.active import active_calibrator, read
from review.judging.language import covered
from review.judging.registry import Judge
from review.models import Case, Message, Score, Source
from review.models.sealing import sealed
from review.policy.current import policy_of
from review.policy.ladder import Ladders, Pair, parse
from review.policy.routing import Judgement, route

LOOKED_AT = 1_000
SHOWN = 20


@dataclass(frozen=True)
class Side:
    """What one model makes of a message: probability, flag (from one half on) and the ladder's action."""

    probability: float
    action: str

    @property
    def flag(self) -> bool:
        return self.probability >= 0.5


@dataclass(frozen=True)
class Flip:
    """A message on which the two part."""

    message: Message
    before: Side
    after: Side


@dataclass(frozen=True)
class Flips:
    """How many messages both scored lately, on how many flag or route would change and how, and the starkest few."""

    looked_at: int
    newly_flagged: int
    no_longer_flagged: int
    rerouted: list[tuple[str, str, int]]
    shown: list[Flip]


def flips(candidate: Judge, active: Judge, candidate_map: Map) -> Flips | None:
    """Compare on the newest messages that both scored, without those of sealed cases. None with no calibrator now."""
    calibrator = active_calibrator(active.model, active.rubric)
    if not calibrator:
        return None
    new = _scores(candidate)
    old = {score.message_id: score for score in _of(active).filter(message__in=[one.message_id for one in new])}
    new = [score for score in new if score.message_id in old]
    before = _sides(
        [old[score.message_id] for score in new], [score.message for score in new], active, read(calibrator)
    )
    after = _sides(new, [score.message for score in new], candidate, candidate_map)
    parted = [
        Flip(score.message, was, becomes)
        for score, was, becomes in zip(new, before, after, strict=True)
        if was.flag != becomes.flag or was.action != becomes.action
    ]
    routes = Counter((flip.before.action, flip.after.action) for flip in parted)
    return Flips(
        looked_at=len(new),
        newly_flagged=sum(flip.after.flag and not flip.before.flag for flip in parted),
        no_longer_flagged=sum(flip.before.flag and not flip.after.flag for flip in parted),
        rerouted=[(*way, count) for way, count in routes.most_common() if way[0] != way[1]],
        shown=sorted(parted, key=lambda flip: -abs(flip.after.probability - flip.before.probability))[:SHOWN],
    )


def _of(judge: Judge) -> QuerySet[Score]:
    return Score.objects.filter(model=judge.model, rubric=judge.rubric)


def _scores(candidate: Judge) -> list[Score]:
    blind = Case.objects.filter(sealed(), members__message=OuterRef("message"))
    newest = _of(candidate).filter(~Exists(blind)).exclude(message__text="").order_by("-message_id")
    return list(newest.select_related("message__source")[:LOOKED_AT])


def _sides(scores: Sequence[Score], messages: Sequence[Message], judge: Judge, map_: Map) -> list[Side]:
    if not scores:
        return []
    ladders = _ladders({message.source for message in messages})
    pair = Pair(judge.model.weights_hash, judge.rubric.version)
    probabilities = map_.predict(np.array([score.margin for score in scores]))
    return [
        Side(float(p), _action(score, message, float(p), ladders[message.source_id], pair))
        for score, message, p in zip(scores, messages, probabilities, strict=True)
    ]


def _ladders(sources: set[Source]) -> dict[int, Ladders]:
    return {source.pk: parse(policy_of(source).ladders) for source in sources}


def _action(score: Score, message: Message, probability: float, ladders: Ladders, pair: Pair) -> str:
    """The ladder's answer, with the cohort left out: who is drawn does not depend on the model."""
    likeliest = CATEGORIES[int(np.argmax(score.category_log_probs))]
    judgement = Judgement(probability, score.margin, likeliest, message.draw, covered(message.text))
    return route(judgement, ladders, pair, 0.0).action
