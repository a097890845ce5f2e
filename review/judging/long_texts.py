"""Long texts are read a slice at a time, between the batches of ordinary messages, and how far is kept in the queue."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from review.judging import leases, results
from review.judging.scoring_inputs import ScoringInputs, key_of
from review.models import Pending
from review.registry.scoring_setup import ScoringSetup

if TYPE_CHECKING:
    from inference.scoring.text_score import Begun, Scorer


def read_slice(scorer: "Scorer", lease: leases.Lease, inputs: ScoringInputs) -> int:
    """Score the next windows of a leased long message, the one in `inputs`, and complete it when they were the last.

    Returns how many it completed.

    Whoever leases it next goes on where this left off; a lost worker loses one slice.
    """
    setup, (message,), (text,) = inputs.setup, inputs.messages, inputs.texts
    key = key_of(message, text).hex()
    progress = Pending.objects.values_list("progress", flat=True).get(message=message)
    begun = scorer.read_on(text, _begun(setup, key, progress))
    if begun.is_done:
        return results.finish(lease, inputs, [begun.score])
    kept = asdict(begun)
    del kept["score"]["vector"]  # several windows have none
    leases.set_aside(lease, message.pk, {**_named(setup, key), **kept})
    return 0


def _named(setup: ScoringSetup, key: str) -> dict[str, Any]:
    """What a slice's windows are of: a model, a rubric, and all that is asked."""
    return {"model": setup.model.pk, "rubric": setup.rubric.pk, "asked": key}


def _begun(setup: ScoringSetup, key: str, progress: dict[str, Any] | None) -> "Begun | None":
    """What an earlier slice found, unless another model or rubric found it, or in another context."""
    from inference.scoring.text_score import Begun, TextScore

    if not progress or not _named(setup, key).items() <= progress.items():
        return None
    score = dict(progress["score"])
    return Begun(TextScore(**score | {"category_log_probs": tuple(score["category_log_probs"])}), progress["read"])
