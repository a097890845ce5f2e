"""Messages to batches: windows of long messages, and rows of about one length within a budget of tokens."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Piece:
    """One window of one message: the message's number and the window's ids."""

    message: int
    ids: Sequence[int]


def pieces(messages: Sequence[Sequence[int]], cut: Callable[[Sequence[int]], list[list[int]]]) -> list[Piece]:
    """Every window of every message, messages and windows in order."""
    return [Piece(number, window) for number, ids in enumerate(messages) for window in cut(ids)]


def batches(lengths: Sequence[int], budget: int) -> Iterator[list[int]]:
    """Numbers of rows that go together, shortest first.

    A batch padded to its longest row holds at most `budget` tokens; a single longer row is a batch of its own.
    """
    batch: list[int] = []
    for number in sorted(range(len(lengths)), key=lambda index: lengths[index]):
        if batch and lengths[number] * (len(batch) + 1) > budget:
            yield batch
            batch = []
        batch.append(number)
    if batch:
        yield batch
