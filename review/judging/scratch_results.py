"""What a batch of scratch texts came to: a verdict left with each text, a word to who waits, and counts."""

import logging
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC
from typing import TYPE_CHECKING, Any
from uuid import UUID

import redis
from django.utils import timezone

from review import broker
from review.judging.results import score_row
from review.models import AnsweredCount, Message, ScratchText, Verdict
from review.registry.model_versions import languages_of
from review.registry.scoring_setup import ScoringSetup
from review.triggers import applying
from review.verdicts.context import load_context
from review.verdicts.evaluate import evaluate_scores
from review.verdicts.language import Legibility, legibility
from review.verdicts.margin_counts import ROUTED, bin_of
from review.verdicts.probabilities import likeliest, probabilities_of

if TYPE_CHECKING:
    from inference.scoring.text_score import TextScore

log = logging.getLogger(__name__)

NEVER_DRAWN = 1.0
"""A draw lies below 1, so a text with this one is in no cohort."""
FAILED = {"failed": True}
KEY = "moddog:answered:{}"
KEPT_SECONDS = 30  # that a word to a waiting process lies there


def finish(
    setup: ScoringSetup, rows: Sequence[ScratchText], texts: Mapping[int, str], scores: "Sequence[TextScore | None]"
) -> None:
    """Write the verdicts, wake who waits, and count. Rows of somebody who waits no longer are gone already.

    `texts` has that of each row which has a score, with disguises undone, by the row's key.
    """
    found = _verdicts(setup, rows, texts, scores)
    for row in rows:
        row.verdict = found[row.pk][1] if row.pk in found else FAILED
    ScratchText.objects.bulk_update(rows, ["verdict"])
    _tell({row.request for row in rows})
    _count(setup, [(row, found[row.pk][0]) for row in rows if row.pk in found])


def as_json(verdict: Verdict, found: Legibility, setup: ScoringSetup, *, any_language: bool) -> dict[str, Any]:
    """All that an answer needs of a verdict, stored or not, and of its text. `any_language` is as in `read_in`."""
    return {
        "probability": verdict.probability,
        "categories": verdict.categories,
        "category": str(verdict.category),
        "likeliest": likeliest(verdict.score.category_log_probs),
        "route": str(verdict.route),
        "why": str(verdict.why),
        "model": f"{setup.model.name}@{setup.model.weights_hash[:12]}",
        "fingerprint": setup.model.fingerprint,
        "rubric": setup.rubric.version,
        "calibrator_id": verdict.calibrator_id,
        "calibrator": verdict.calibrator.version if verdict.calibrator else None,
        "policy_id": verdict.policy_id,
        "policy": verdict.policy.version,
        "triggered": str(verdict.trigger.category) if verdict.trigger else None,
        "language": found.told,
        "is_read": found.read_in(any_language=any_language) is not None,
    }


def key_of(request: UUID) -> str:
    """The Redis list on which whoever waits for a request hears that some of it was judged."""
    return KEY.format(request.hex)


def _verdicts(
    setup: ScoringSetup, rows: Sequence[ScratchText], texts: Mapping[int, str], scores: "Sequence[TextScore | None]"
) -> dict[int, tuple[Verdict, dict[str, Any]]]:
    """As for messages, save that nothing is stored and nothing drawn; by row, with what an answer needs of each."""
    now, languages = timezone.now(), languages_of(setup.model)
    scored = [(row, score) for row, score in zip(rows, scores, strict=True) if score is not None]
    messages = [Message(source_id=row.source_id, text=row.text, received_at=now) for row, _ in scored]
    context = load_context(setup, messages)
    stored = [score_row(setup, message, score) for message, (_, score) in zip(messages, scored, strict=True)]
    hits = [each.hit for each in applying.apply(messages)]
    legible = [legibility(row.text, texts[row.pk], languages) for row, _ in scored]
    judged = evaluate_scores(context, stored, probabilities_of(context, stored), hits=hits, legible=legible)
    return {
        row.pk: (verdict, as_json(verdict, each, setup, any_language=row.source_id in context.any_language))
        for (row, _), (verdict, _), each in zip(scored, judged, legible, strict=True)
    }


def _tell(requests: Iterable[UUID]) -> None:
    if broker.is_left_alone():
        return
    try:
        with broker.client().pipeline(transaction=False) as pipe:
            for request in requests:
                pipe.rpush(key_of(request), 1)
                pipe.expire(key_of(request), KEPT_SECONDS)
            pipe.execute()
    except redis.RedisError as error:
        broker.leave_alone("could not tell who waits for an answer, they will look", error)


def _count(setup: ScoringSetup, judged: Sequence[tuple[ScratchText, Verdict]]) -> None:
    """Add to the counts of what was answered. A worker that is killed before loses a count, and no answer."""
    counted = Counter(
        (
            row.source_id,
            row.door,
            likeliest(verdict.score.category_log_probs) if verdict.why in ROUTED else "",
            verdict.message.received_at.astimezone(UTC).date(),
            int(bin_of(verdict.score.margin)),
        )
        for row, verdict in judged
        if not row.is_part
    )
    AnsweredCount.objects.bulk_create(
        AnsweredCount(
            source_id=source,
            door=door,
            model=setup.model,
            rubric=setup.rubric,
            category=category,
            day=day,
            bin=bin_,
            count=count,
        )
        for (source, door, category, day, bin_), count in sorted(counted.items())
    )
