"""A scorer for formats that ask rule by rule: one pass for each rule, and the worst of them is the text's margin."""

import math
from collections.abc import Sequence

from inference.scoring.batches import Piece
from inference.scoring.explanation import Explanation, parse_explanation
from inference.scoring.own_categories import shared_out
from inference.scoring.text_score import Between, TextScore
from inference.scoring.windowed_scorer import WindowedScorer


class RuleScorer(WindowedScorer):
    """One scorer for each rule of a format, in the rules' order."""

    def __init__(self, scorers: Sequence[WindowedScorer]) -> None:
        first = scorers[0]
        super().__init__(first.prompt, name=first.name, model_hash=first.model_hash, rubric=first.rubric)
        self.scorers = tuple(scorers)
        self.room = min(scorer.room for scorer in scorers)
        self.named = tuple(rule.category for rule in first.prompt.format.categories.rules)
        if served := getattr(first, "served", None):
            self.served = served

    @property
    def windows_in_slice(self) -> int:
        """As many as make one bounded piece of work when each is read once for each rule."""
        return max(1, self.scorers[0].windows_in_slice // len(self.scorers))

    def leave_a_core(self, to_others: bool) -> None:
        """From now on leave one core of this machine to other processes, or take them all."""
        for scorer in self.scorers:
            scorer.leave_a_core(to_others)

    def close(self) -> None:
        """End connections, where there are any."""
        if close := getattr(self.scorers[0], "close", None):
            close()

    def explain(
        self, texts: Sequence[str], scores: Sequence[TextScore], between: Between | None = None
    ) -> list[Explanation]:
        """Nothing: such a model says no more than its verdict."""
        return [parse_explanation("")] * len(texts)

    def _judged(self, rows: Sequence[Piece]) -> list[TextScore]:
        by_rule = [scorer._judged(rows) for scorer in self.scorers]
        return [self._worst(scores) for scores in zip(*by_rule, strict=True)]

    def _worst(self, scores: Sequence[TextScore]) -> TextScore:
        """One score of one window: the highest margin, and categories by the probabilities of their rules."""
        worst = max(scores, key=lambda score: score.margin)
        chances = shared_out([_log_sigmoid(score.margin) for score in scores], self.named)
        bounded = any(score.bounded for score in scores)
        return TextScore(worst.margin, chances, worst.tokens, 1, worst.worst_window, bounded, vector=scores[0].vector)


def _log_sigmoid(margin: float) -> float:
    return min(margin, 0.0) - math.log1p(math.exp(-abs(margin)))
