"""Messages to batches: windows of long messages, and rows of about one length within a budget of tokens."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

WIDEST = 2
"""A batch padded to its longest row holds at most this many times its budget."""


@dataclass(frozen=True)
class Piece:
    """One window of one message: the message's number, the window's number within it, and the window's ids.

    `in_context`: the ids stand behind the prefix of that form, and begin with `before` ids of earlier messages.
    """

    message: int
    window: int
    ids: Sequence[int]
    in_context: bool = False
    before: int = 0


@dataclass(frozen=True)
class Cut:
    """A message as a model sees it: the ids of its windows, which form of prompt they are in, and how long it is."""

    windows: tuple[tuple[int, ...], ...]
    tokens: int
    in_context: bool = False
    before: int = 0

    def pieces(self, message: int) -> list[Piece]:
        """Every window in order, of a message of this number."""
        return [
            Piece(message, number, window, self.in_context, self.before) for number, window in enumerate(self.windows)
        ]


def batches(lengths: Sequence[int], budget: int) -> Iterator[list[int]]:
    """Numbers of rows that go together, shortest first: at most `budget` tokens, or a single longer row."""
    batch: list[int] = []
    tokens = 0
    for number in sorted(range(len(lengths)), key=lambda index: lengths[index]):
        length = lengths[number]
        if batch and (tokens + length > budget or length * (len(batch) + 1) > WIDEST * budget):
            yield batch
            batch, tokens = [], 0
        batch.append(number)
        tokens += length
    if batch:
        yield batch
