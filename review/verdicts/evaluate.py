"""From stored scores to probabilities, verdicts and routes: where a live margin becomes a probability."""

from collections.abc import Sequence

import numpy as np

from inference.calibration.category_probabilities import category_probabilities
from inference.categories import CATEGORIES
from review.models import Score, Verdict
from review.verdicts.context import EvaluationContext
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


def evaluate_score(
    context: EvaluationContext, score: Score, probability: float | None, draw: float
) -> tuple[Verdict, Route]:
    """The verdict on a score, not saved yet, and where it sends the message. `draw` decides on the cohort."""
    message = score.message
    policy, ladders = context.policies[message.source_id]
    # Without a calibrator only the model's own flag is known: the sign of the margin.
    reading = category_probabilities(
        float(score.margin > 0) if probability is None else probability, score.category_log_probs
    )
    way = route(
        Judgement(
            probability,
            score.margin,
            likeliest(score.category_log_probs),
            draw,
            covered(message.text),
            windows=score.windows,
        ),
        ladders,
        context.setup.key,
        policy.audit_rate,
    )
    verdict = Verdict(
        message=message,
        score=score,
        calibrator=context.version,
        policy=policy,
        probability=probability,
        flag=reading.flag,
        category=reading.category,
        categories={} if probability is None else reading.categories,
        route=way.action,
        why=way.why,
        rate=way.rate,
        cohort_rate=way.cohort_rate,
    )
    return verdict, way


def likeliest(category_log_probs: Sequence[float]) -> str:
    """The likeliest violation, also below one half: a category's own ladder may act there."""
    return CATEGORIES[int(np.argmax(category_log_probs))]
