"""What a scorer says of a text, and the protocol that every scorer keeps. Imports no model."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from inference.scoring.explanation import Explanation


@dataclass(frozen=True)
class InContext:
    """A text with what was said before it, the oldest first: another form of prompt, also where that is nothing."""

    text: str
    earlier: tuple[str, ...] = ()


Text = str | InContext
"""What a scorer judges: a text alone, or in its context."""


@dataclass(frozen=True)
class TextScore:
    """What the model says of a text: `margin` is log P(true) - log P(false) at the flag.

    `category_log_probs` are normalised over the five, in the order of CATEGORIES. A text longer than the model's
    context is scored in `windows` windows, and everything is that of `worst_window`, the one of the highest margin.
    `bounded` where a server named only one of the two answers: the margin then lies at or beyond the one given,
    away from 0. `deferred` where the first model of a cascade left the text to the second, and this is what that said.
    `third` says whether the third answer was the likeliest of the format's three; None where it has two.
    `vector` are float16 numbers (see text_vectors); none of a server's, nor of several windows.
    """

    margin: float
    category_log_probs: tuple[float, ...]
    tokens: int
    windows: int
    worst_window: int
    bounded: bool = False
    deferred: bool = False
    third: bool | None = None
    vector: bytes = field(default=b"", repr=False, compare=False)


@dataclass(frozen=True)
class Begun:
    """A long text of which the first `read` windows are scored; `score` is that of the worst among them."""

    score: TextScore
    read: int

    @property
    def is_done(self) -> bool:
        return self.read >= self.score.windows


Between = Callable[[], None]


class Scorer(Protocol):
    """Anything that turns texts into scores; `model_hash` names the exact weights and tokenizer."""

    name: str
    model_hash: str
    rubric: str
    room: int
    """Tokens of a message that one window may have."""

    def warm_up(self) -> None:
        """Do once what is slow only the first time."""
        ...

    def score(self, texts: Sequence[Text]) -> list[TextScore]:
        """A score for each text, in order."""
        ...

    def leave_a_core(self, to_others: bool) -> None:
        """From now on leave one core of this machine to other processes, or take them all."""
        ...

    def read_on(self, text: Text, begun: Begun | None) -> Begun:
        """Score the next few windows of a long text: a bounded piece of work, whatever the text's length."""
        ...

    def explain(
        self, texts: Sequence[str], scores: Sequence[TextScore], between: Between | None = None
    ) -> list[Explanation]:
        """What the model writes of texts alone after the flag and category that the scores name, in order.

        A score may be one in context: what is written quotes nobody but the text's own author all the same.

        `between` is called between two steps of writing, as often as the scorer can be interrupted.
        """
        ...


def worst_of(parts: Sequence[TextScore], windows: int, *, tokens: int) -> TextScore:
    """One score for a text from those of some of its windows, each with its own number as `worst_window`.

    That of the highest margin, the first of equals. Needs at least one.
    """
    worst = max(parts, key=lambda part: (part.margin, -part.worst_window))
    vector = worst.vector if windows == 1 else b""
    return replace(worst, tokens=tokens, windows=windows, vector=vector)
