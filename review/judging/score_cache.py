"""What was scored lately, so that the copies of a text that come in a raid are scored once and counted many times."""

from collections import OrderedDict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from inference.scoring.text_score import TextScore

MOST = 20_000  # texts


class ScoreCache:
    """Scores by a digest of all that is asked, for one scorer and rubric; the longest unused are dropped.

    Its key is what makes the ids that a model sees: see `asking.key_of`. It keeps no text.
    """

    def __init__(self, most: int = MOST) -> None:
        self.most = most
        self._scores: OrderedDict[bytes, TextScore] = OrderedDict()

    def get(self, digest: bytes) -> "TextScore | None":
        score = self._scores.get(digest)
        if score is not None:
            self._scores.move_to_end(digest)
        return score

    def keep(self, digest: bytes, score: "TextScore") -> None:
        self._scores[digest] = score
        self._scores.move_to_end(digest)
        while len(self._scores) > self.most:
            self._scores.popitem(last=False)
