"""From stored scores and their probabilities to verdicts and routes."""

from collections.abc import Sequence

from inference.calibration.category_probabilities import category_probabilities
from review.models import Score, Verdict
from review.registry.model_versions import languages_of
from review.verdicts.context import EvaluationContext
from review.verdicts.hits import NO_HIT, Hit
from review.verdicts.language import Legibility, legibility
from review.verdicts.probabilities import likeliest
from review.verdicts.routing import Judgement, Route, route

NEVER_DRAWN = 1.0
"""The draw of a message whose place in the cohort, or outside, was settled when it came in."""


def evaluate_scores(
    context: EvaluationContext,
    scores: Sequence[Score],
    probabilities: Sequence[float | None],
    *,
    draws: Sequence[float] | None = None,
    hits: Sequence[Hit] | None = None,
    legible: Sequence[Legibility] | None = None,
) -> list[tuple[Verdict, Route]]:
    """The verdict on each score, not saved yet, and where it sends the message.

    `draws` decide on the cohort; None where the messages' places in it, or outside, were settled when they came in.
    `hits` are what triggers say of each message; None where they are left out of account.
    `legible` is how far the model can judge each text; None where that is to be found out here.
    """
    hits = hits or [NO_HIT] * len(scores)
    if legible is None:
        languages = languages_of(context.setup.model)
        legible = [legibility(score.message.text, languages=languages) for score in scores]
    judgements = [
        Judgement(
            probability,
            score.margin,
            likeliest(score.category_log_probs),
            draw,
            score.message.source_id in context.any_language or each.covered,
            each.plain,
            windows=score.windows,
            trigger=hit.trigger.effect if hit.trigger else None,
            triggers_failed=hit.failed,
        )
        for score, probability, draw, hit, each in zip(
            scores, probabilities, draws or [NEVER_DRAWN] * len(scores), hits, legible, strict=True
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
