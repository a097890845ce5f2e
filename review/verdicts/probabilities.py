"""Where a live margin becomes a probability, by the calibrator in force."""

from collections.abc import Sequence

import numpy as np

from inference.categories import CATEGORIES
from review.models import Score
from review.verdicts.context import EvaluationContext


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


def likeliest(category_log_probs: Sequence[float]) -> str:
    """The likeliest violation, also below one half: a category's own ladder may act there."""
    return CATEGORIES[int(np.argmax(category_log_probs))]
