"""Finds the texts that break a scorer, by halving the batch that holds them."""

import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from inference.scoring.text_score import Scorer, Text, TextScore

log = logging.getLogger(__name__)
PROBE = "hello"


def score_around(scorer: "Scorer", texts: "Sequence[Text]") -> "list[TextScore | None]":
    """A score for each text, None for those that the scorer cannot read even alone.

    A scorer that reads nothing any more is no text's fault: then the error goes on.
    """
    try:
        return list(scorer.score(texts))
    except Exception:
        log.exception("Scoring failed for a batch of %d", len(texts))
        scorer.score([PROBE])
    if len(texts) == 1:
        return [None]
    middle = len(texts) // 2
    return [*score_around(scorer, texts[:middle]), *score_around(scorer, texts[middle:])]
