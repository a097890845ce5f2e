"""A scorer that needs no weights, for tests in which the model is not the subject."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest

from inference.scoring.explanation import Explanation
from inference.scoring.text_score import Begun, Between, Text, TextScore, worst_of
from review.registry.scoring_setup import ScoringSetup
from tests.rows import make_calibrator, make_judge


def all_of(text: Text) -> str:
    """A text with what was said before it."""
    return text if isinstance(text, str) else "\n".join((*text.earlier, text.text))


class KeywordScorer:
    """Margin +3 where a text, or what was said before it, says "awful", else -3; fails on whatever `broken` says."""

    name, model_hash, rubric, room = "keyword", "f" * 64, "Be fair.", 2_048

    def __init__(self, broken: Callable[[str], bool] = lambda text: False) -> None:
        self.broken = broken
        self.batches: list[list[Text]] = []
        self.left_a_core: list[bool] = []

    def score(self, texts: Sequence[Text]) -> list[TextScore]:
        self.batches.append(list(texts))
        read = [all_of(text) for text in texts]
        if any(self.broken(text) for text in read):
            raise RuntimeError("the model cannot read this")
        return [
            TextScore(3.0 if "awful" in text else -3.0, (-0.5, -1.5, -3.0, -3.0, -3.0), len(text), 1, 0)
            for text in read
        ]

    def read_on(self, text: Text, begun: Begun | None) -> Begun:
        """A window a word, two words at a time; margin +3 for a window that says "awful"."""
        text = all_of(text)
        if self.broken(text):
            raise RuntimeError("the model cannot read this")
        words, first = text.split(), begun.read if begun else 0
        parts = [begun.score] if begun else []
        for number, word in enumerate(words[first : first + 2], start=first):
            parts.append(replace(self.score([word])[0], worst_window=number))
        return Begun(worst_of(parts, len(words), tokens=len(text)), min(len(words), first + 2))

    def leave_a_core(self, to_others: bool) -> None:
        self.left_a_core.append(to_others)

    def warm_up(self) -> None:
        """Nothing is slow here."""

    def explain(
        self, texts: Sequence[str], scores: Sequence[TextScore], between: Between | None = None
    ) -> list[Explanation]:
        if between:
            between()
        return [
            Explanation('{"flag": true', None, None, True)
            if "broken" in text
            else Explanation(f'{{"score": {score.margin}}}', "insult", 0.9, False)
            for text, score in zip(texts, scores, strict=True)
        ]


@pytest.fixture
def scorer() -> KeywordScorer:
    return KeywordScorer()


@pytest.fixture
def setup() -> ScoringSetup:
    make_calibrator()
    return ScoringSetup(*make_judge())
