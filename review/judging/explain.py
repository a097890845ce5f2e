"""Has the model write its reason and its own confidence, for messages that people will read."""

from typing import TYPE_CHECKING

from django.db.models import QuerySet

from review.judging.registry import Judge
from review.models import Case, Explanation, Score

if TYPE_CHECKING:
    from inference.scorer import Scorer


def unexplained(judge: Judge) -> QuerySet[Score]:
    """Scores behind open cases that have no text yet, the most urgent first."""
    return (
        Score.objects.filter(
            model=judge.model, rubric=judge.rubric, explanation=None, verdicts__case__state=Case.State.OPEN
        )
        .select_related("message")
        .order_by("-verdicts__case__priority")
    )


def explain_batch(scorer: "Scorer", judge: Judge, batch: int = 32) -> int:
    """Explain up to `batch` scores; returns how many there were. A doubled run writes nothing twice."""
    from inference.scorer import TextScore

    rows = list(unexplained(judge)[:batch])
    if not rows:
        return 0
    scores = [
        TextScore(row.margin, tuple(row.category_log_probs), row.tokens, row.windows, row.worst_window) for row in rows
    ]
    texts = scorer.explain([row.message.text for row in rows], scores)
    Explanation.objects.bulk_create(
        (
            Explanation(
                score=row,
                raw=text.raw.replace("\0", ""),
                reason=(text.reason or "").replace("\0", ""),
                emitted_confidence=text.emitted_confidence,
                malformed=text.malformed,
            )
            for row, text in zip(rows, texts, strict=True)
        ),
        ignore_conflicts=True,
    )
    return len(rows)
