"""Long texts are read a slice at a time, between the batches of ordinary messages, and how far is kept in the queue."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from inference.scoring.normalise import normalised
from review.judging import leases, results
from review.models import Message, Pending
from review.registry.scoring_setup import ScoringSetup

if TYPE_CHECKING:
    from inference.scoring.text_score import Begun, Scorer


def read_slice(scorer: "Scorer", setup: ScoringSetup, lease: leases.Lease, message: Message) -> int:
    """Score the next windows of a leased long message, and complete it when they were the last.

    Returns how many it completed.

    Whoever leases it next goes on where this left off; a lost worker loses one slice.
    """
    progress = Pending.objects.values_list("progress", flat=True).get(message=message)
    begun = scorer.read_on(normalised(message.text), _begun(setup, progress))
    if begun.is_done:
        return results.finish(lease, setup, [message], [begun.score])
    leases.set_aside(lease, message.pk, {"model": setup.model.pk, "rubric": setup.rubric.pk, **asdict(begun)})
    return 0


def _begun(setup: ScoringSetup, progress: dict[str, Any] | None) -> "Begun | None":
    """What an earlier slice found, unless another model or rubric found it."""
    from inference.scoring.text_score import Begun, TextScore

    if not progress or (progress["model"], progress["rubric"]) != (setup.model.pk, setup.rubric.pk):
        return None
    score = dict(progress["score"])
    return Begun(TextScore(**score | {"category_log_probs": tuple(score["category_log_probs"])}), progress["read"])
