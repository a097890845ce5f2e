"""A labelled text as a model is taught it."""

from dataclasses import dataclass

FLAG_SMOOTHING = 0.04


@dataclass(frozen=True)
class Row:
    """A labelled text; `score` is the share of annotators who would flag it (0 to 1), where the source says."""

    text: str
    flag: int
    category: str | None
    score: float | None
    source: str

    @property
    def weak(self) -> bool:
        """Not flagged in a narrow sense ("not hate"): it may still be toxic, so it is no benign example."""
        return self.flag == 0 and self.category is None

    @property
    def target(self) -> float:
        """The probability of `true` to train towards, strictly between 0 and 1."""
        if self.score is not None:
            return 0.5 * self.score + 0.5 * (1.0 - FLAG_SMOOTHING if self.flag else FLAG_SMOOTHING)
        return 1.0 - FLAG_SMOOTHING if self.flag else FLAG_SMOOTHING
