"""Has the model write its reason and its own confidence: for messages that people will read, or on demand for all."""

import logging
from itertools import accumulate
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Max, Q, QuerySet

from inference.scoring.normalise import normalised
from review.models import Case, Explanation, Message, ModelVersion, Score
from review.registry.scoring_setup import ScoringSetup

if TYPE_CHECKING:
    from inference.scoring.text_score import Between, Scorer

log = logging.getLogger(__name__)

MAX_TOKENS = 16_384
"""Of one padded batch: what a generation may hold in memory at once."""


LATEST = 10_000
"""With everything to explain, how far back among the scores it goes: what came faster than it writes is left out."""


def unexplained(setup: ScoringSetup) -> QuerySet[Score]:
    """Scores behind open cases that have no text yet, the most urgent first."""
    return _without_text(setup).filter(verdicts__case__state=Case.State.OPEN).order_by("-verdicts__case__rank")


def unexplained_others(setup: ScoringSetup) -> QuerySet[Score]:
    """The newest scores that have no text yet, where an admin wants one for everything; else none."""
    after = ModelVersion.objects.values_list("explains_all_after", flat=True).get(pk=setup.model.pk)
    if after is None:
        return Score.objects.none()
    newest = Score.objects.aggregate(newest=Max("pk"))["newest"] or 0
    return _without_text(setup).filter(pk__gt=max(after, newest - LATEST)).order_by("-pk")


def _without_text(setup: ScoringSetup) -> QuerySet[Score]:
    """Of the weights in memory, in any context: a version in context is asked with the same scorer."""
    model = setup.model
    in_context = {"weights_hash": model.weights_hash, "precision": model.precision, "earlier_messages__gt": 0}
    ours = Q(model=model) | Q(model__in=ModelVersion.objects.filter(**in_context))
    scores = Score.objects.filter(ours, rubric=setup.rubric, explanation=None).exclude(message__text="")
    return scores.select_related("message")


def explain_batch(scorer: "Scorer", setup: ScoringSetup, batch: int = 32, between: "Between | None" = None) -> int:
    """Explain up to `batch` scores; returns how many there were. A doubled run writes nothing twice.

    `between` is called between two steps of writing, so that nobody who waits stands behind all of them.
    """
    rows = _fitting(list(unexplained(setup)[:batch]) or list(unexplained_others(setup)[:batch]))
    try:
        _explain(scorer, rows, between)
    except Exception:
        log.exception("Could not explain scores %s", [row.pk for row in rows])
        for row in rows:
            _explain_alone(scorer, row, between)
    return len(rows)


def _fitting(rows: list[Score]) -> list[Score]:
    """The first rows whose padded batch stays within MAX_TOKENS; at least one."""
    widest = list(accumulate((row.tokens for row in rows), max))
    count = sum(width * number <= MAX_TOKENS for number, width in enumerate(widest, start=1))
    return rows[: max(1, count)]


def _explain_alone(scorer: "Scorer", row: Score, between: "Between | None") -> None:
    """A text that the model can write nothing about is marked, so that it does not come first for ever."""
    try:
        _explain(scorer, [row], between)
    except Exception:
        log.exception("Could not explain score %s", row.pk)
        _keep([Explanation(score=row, raw="", malformed=True)])


def _explain(scorer: "Scorer", rows: list[Score], between: "Between | None") -> None:
    from inference.scoring.text_score import TextScore

    if not rows:
        return
    scores = [
        TextScore(
            row.margin,
            tuple(row.category_log_probs),
            row.tokens,
            row.windows,
            row.worst_window,
            deferred=row.deferred,
        )
        for row in rows
    ]
    # Of each message alone, also where it was judged in context: a reason that quotes what somebody else said would
    # outlive its erasure.
    texts = scorer.explain([normalised(row.message.text) for row in rows], scores, between)
    written = [
        Explanation(
            score=row,
            raw=text.raw.replace("\0", ""),
            reason=(text.reason or "").replace("\0", ""),
            emitted_confidence=text.emitted_confidence,
            malformed=text.malformed,
        )
        for row, text in zip(rows, texts, strict=True)
    ]
    _keep(written)


@transaction.atomic
def _keep(written: list[Explanation]) -> None:
    """Store what was written, but of messages that were erased meanwhile: it may quote them."""
    messages = Message.objects.filter(scores__in=[each.score_id for each in written]).exclude(text="")
    there = set(messages.order_by("pk").select_for_update(of=("self",), no_key=True).values_list("pk", flat=True))
    kept = [each for each in written if each.score.message_id in there]
    Explanation.objects.bulk_create(kept, ignore_conflicts=True)
