"""Greedy writing, batched, from a shared prefix: only for what a person will read."""

from collections.abc import Callable, Collection, Sequence

import torch
from torch import Tensor

from inference.scoring.shared_prefix import SharedPrefix


def generate(
    shared: SharedPrefix,
    table: Tensor,
    rows: Sequence[Sequence[int]],
    end: Collection[int],
    limit: int,
    *,
    between: Callable[[], None] | None = None,
) -> list[list[int]]:
    """What the model writes after each row, up to an id of `end` (left out) or `limit` ids.

    Rows are padded on the left, between the prefix and their first id; a mask hides the padding and positions
    skip it. `table` is the head's matrix, of shape (vocabulary, width). `between` is called
    before each id is written.
    """
    longest = max(len(row) for row in rows)
    padding = torch.tensor([longest - len(row) for row in rows], device=table.device)
    ids = torch.tensor([[0] * (longest - len(row)) + list(row) for row in rows], device=table.device)
    mask = torch.arange(longest, device=table.device) >= padding[:, None]
    mask = torch.cat([mask.new_ones(len(rows), shared.length), mask], dim=1).long()
    positions = mask.cumsum(1)[:, shared.length :] - 1
    written: list[list[int]] = [[] for _ in rows]
    open_rows, cache = set(range(len(rows))), shared.cache(len(rows))
    for _ in range(limit):
        if between:
            between()
        hidden = shared.hidden(ids, cache, mask=mask, positions=positions)
        ids = (hidden[:, -1] @ table.T).argmax(-1, keepdim=True)
        _take(ids[:, 0].tolist(), written, open_rows, end)
        if not open_rows:
            break
        mask = torch.cat([mask, mask.new_ones(len(rows), 1)], dim=1)
        positions = positions[:, -1:] + 1
    return written


def _take(tokens: list[int], written: list[list[int]], open_rows: set[int], end: Collection[int]) -> None:
    """Add a step's tokens to the rows that are still being written, and close those that have ended."""
    for number, token in enumerate(tokens):
        if token in end:
            open_rows.discard(number)
        elif number in open_rows:
            written[number].append(token)
