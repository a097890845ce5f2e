"""Messages to batches: windows of long messages, and rows of about one length within a budget of tokens."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

WIDEST = 2
"""A batch padded to its longest row holds at most this many times its budget."""


@dataclass(frozen=True)
class Piece:
    """One window of one message: the message's number, the window's number within it, and the window's ids."""

    message: int
    window: int
    ids: Sequence[int]


def pieces(messages: Sequence[Sequence[int]], cut: Callable[[Sequence[int]], list[list[int]]]) -> list[Piece]:
    """Every window of every message, messages and windows in order."""
    return [
        Piece(number, window, ids) for number, message in enumerate(messages) for window, ids in enumerate(cut(message))
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
