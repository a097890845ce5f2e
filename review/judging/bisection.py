"""Finds the texts that break a scorer, by halving the batch that holds them."""

import logging
from collections.abc import Sequence
from math import inf
from typing import TYPE_CHECKING

from inference.scoring.cascade import CascadeScorer, Later

if TYPE_CHECKING:
    from inference.scoring.text_score import Scorer, Text, TextScore

log = logging.getLogger(__name__)
PROBE = "hello"


def score_within(scorer: "Scorer", texts: "Sequence[Text]", seconds: float) -> "Sequence[TextScore | Later]":
    """A score for each text; LATER for what the second model of a cascade has not come to after so many seconds."""
    return scorer.score_within(texts, seconds) if isinstance(scorer, CascadeScorer) else scorer.score(texts)


def score_around(scorer: "Scorer", texts: "Sequence[Text]", seconds: float = inf) -> "list[TextScore | Later | None]":
    """A score for each text, None for those that the scorer cannot read even alone, LATER as above.

    A scorer that reads nothing any more is no text's fault: then the error goes on.
    """
    try:
        return list(score_within(scorer, texts, seconds))
    except Exception:
        log.exception("Scoring failed for a batch of %d", len(texts))
        scorer.score([PROBE])
    if len(texts) == 1:
        return [None]
    middle = len(texts) // 2
    return [*score_around(scorer, texts[:middle], seconds), *score_around(scorer, texts[middle:], seconds)]
