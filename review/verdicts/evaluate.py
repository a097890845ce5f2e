"""From stored scores to probabilities, verdicts and routes: where a live margin becomes a probability."""

from collections.abc import Sequence

import numpy as np

from inference.calibration.category_probabilities import category_probabilities
from inference.categories import CATEGORIES
from review.models import Score, Verdict
from review.verdicts.context import EvaluationContext
from review.verdicts.hits import NO_HIT, Hit
from review.verdicts.language import covered
from review.verdicts.routing import Judgement, Route, route

NEVER_DRAWN = 1.0
"""The draw of a message whose place in the cohort, or outside, was settled when it came in."""


def probabilities_of(context: EvaluationContext, scores: Sequence[Score]) -> list[float | None]:
    """What the calibrator in force makes of each score.

    None where there is none, or where it was not fitted on the like: on the worst of several windows.
    """
    if context.calibrator is None:
        return [None] * len(scores)
    categories = [likeliest(score.category_log_probs) for score in scores]
    sources = [str(score.message.source_id) for score in scores]
    found = context.calibrator.predict([score.margin for score in scores], categories, sources)
    return [float(p) if score.windows == 1 else None for score, p in zip(scores, found, strict=True)]


def evaluate_scores(
    context: EvaluationContext,
    scores: Sequence[Score],
    probabilities: Sequence[float | None],
    draws: Sequence[float] | None = None,
    hits: Sequence[Hit] | None = None,
) -> list[tuple[Verdict, Route]]:
    """The verdict on each score, not saved yet, and where it sends the message.

    `draws` decide on the cohort; None where the messages' places in it, or outside, were settled when they came in.
    `hits` are what triggers say of each message; None where they are left out of account.
    """
    hits = hits or [NO_HIT] * len(scores)
    judgements = [
        Judgement(
            probability,
            score.margin,
            likeliest(score.category_log_probs),
            draw,
            covered(score.message.text),
            windows=score.windows,
            trigger=hit.trigger.effect if hit.trigger else None,
            triggers_failed=hit.failed,
        )
        for score, probability, draw, hit in zip(
            scores, probabilities, draws or [NEVER_DRAWN] * len(scores), hits, strict=True
        )
    ]
    of_sources = {source: (ladders, policy.audit_rate) for source, (policy, ladders) in context.policies.items()}
    ways = route(judgements, [of_sources[score.message.source_id] for score in scores], context.setup.key)
    return [
        (_verdict(context, score, probability, way, hit), way)
        for score, probability, way, hit in zip(scores, probabilities, ways, hits, strict=True)
    ]


def _verdict(context: EvaluationContext, score: Score, probability: float | None, way: Route, hit: Hit) -> Verdict:
    # Without a calibrator only the model's own flag is known: the sign of the margin.
    flagged = float(score.margin > 0) if probability is None else probability
    reading = category_probabilities(flagged, score.category_log_probs)
    return Verdict(
        message=score.message,
        score=score,
        calibrator=context.version,
        policy=context.policies[score.message.source_id][0],
        probability=probability,
        flag=reading.flag,
        category=reading.category,
        categories={} if probability is None else reading.categories,
        route=way.action,
        why=way.why,
        trigger=hit.trigger if way.why == Verdict.Why.TRIGGER else None,
        rate=way.rate,
        cohort_rate=way.cohort_rate,
    )


def likeliest(category_log_probs: Sequence[float]) -> str:
    """The likeliest violation, also below one half: a category's own ladder may act there."""
    return CATEGORIES[int(np.argmax(category_log_probs))]
