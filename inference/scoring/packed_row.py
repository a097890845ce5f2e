"""Messages laid end to end in one row without padding, and the indices by which a pass finds its way in it."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from inference.scoring.answer_tree import AnswerTree

HIDDEN = float("-inf")


def rounded(rows: int) -> int:
    """The next of a few sizes. oneDNN prepares a kernel for each size that it meets, which takes longer than using it.

    On a CPU a row is filled up to that with tokens that no message sees, some two in a hundred.
    """
    step = 64 if rows <= 1024 else 128
    return -(-rows // step) * step


@dataclass(frozen=True)
class PackedRow:
    """`T` tokens: `M` messages, each with the answer tree behind it, and what fills up; the longest of them has `L`.

    `ids` and `positions` (T,): positions count from the start of the whole prompt. `slots` (M, L) are the places of
    each message's tokens in the row, its last one repeated to the right; `back` (T,) leads from row to `slots`, flat.
    `reads` (M, R) are the places where answers are read, `read_mask` (M, 1, R, L) what those see: 0 or -inf.
    `mask` is None where attention is plain causal, else (M, 1, L, L). `ends` (M + 1,) are where messages end, from 0.
    """

    ids: Tensor
    positions: Tensor
    slots: Tensor
    back: Tensor
    reads: Tensor
    read_mask: Tensor
    mask: Tensor | None
    ends: Tensor

    @property
    def shape(self) -> tuple[int, int]:
        """(M, L)."""
        messages, longest = self.slots.shape
        return messages, longest


def packed(
    messages: Sequence[Sequence[int]], tree: AnswerTree, offset: int, *, device: torch.device, dtype: torch.dtype
) -> PackedRow:
    """Lay messages end to end behind a prefix of `offset` tokens. Needs at least one message."""
    sizes = np.array([len(message) for message in messages])
    lengths = sizes + len(tree.ids)
    longest = int(lengths.max())
    ends = np.concatenate([[0], np.cumsum(lengths)])
    starts, steps = ends[:-1], np.arange(longest)
    owner = np.repeat(np.arange(len(messages)), lengths)
    place = np.arange(ends[-1]) - starts[owner]
    behind = place - sizes[owner]
    depths = np.array(tree.depths)
    positions = offset + np.where(behind < 0, place, sizes[owner] + depths[np.maximum(behind, 0)])
    slots = starts[:, None] + np.minimum(steps, lengths[:, None] - 1)
    reads = (starts + sizes)[:, None] + np.array(tree.reads)
    seen = _seen(sizes, tree, longest, tree.reads)
    mask = None if tree.is_plain else _additive(_whole(sizes, tree, longest), device, dtype)
    ids = list(chain.from_iterable((*message, *tree.ids) for message in messages))
    spare = rounded(len(ids)) - len(ids) if device.type == "cpu" else 0
    return PackedRow(
        ids=_tensor([*ids, *[0] * spare], device),
        positions=_tensor(np.pad(positions, (0, spare)), device),
        slots=_tensor(slots, device),
        back=_tensor(np.pad(owner * longest + place, (0, spare)), device),
        reads=_tensor(reads, device),
        read_mask=_additive(seen, device, dtype),
        mask=mask,
        ends=_tensor(ends, device).int(),
    )


def _seen(sizes: NDArray[np.int_], tree: AnswerTree, longest: int, places: Sequence[int]) -> NDArray[np.bool_]:
    """(M, places, L): which slots of its message each of these places of the tree sees."""
    behind = np.arange(longest) - sizes[:, None]
    seen = np.zeros((len(sizes), len(places), longest), dtype=bool)
    for number, place in enumerate(places):
        seen[:, number] = behind <= min(place, tree.shared - 1)
        if place >= tree.shared:
            seen[:, number] |= np.isin(behind, tree.ancestors[place - tree.shared])
    return seen


def _whole(sizes: NDArray[np.int_], tree: AnswerTree, longest: int) -> NDArray[np.bool_]:
    """(M, L, L): causal, but for the branches behind each message's shared."""
    whole = np.repeat(np.tri(longest, dtype=bool)[None], len(sizes), axis=0)
    branches = range(tree.shared, len(tree.ids))
    seen = _seen(sizes, tree, longest, branches)
    for number, place in enumerate(branches):
        whole[np.arange(len(sizes)), sizes + place] = seen[:, number]
    return whole


def _additive(seen: NDArray[np.bool_], device: torch.device, dtype: torch.dtype) -> Tensor:
    hidden = torch.from_numpy(~seen)[:, None].to(device)
    return torch.zeros(hidden.shape, device=device, dtype=dtype).masked_fill_(hidden, HIDDEN)


def _tensor(values: NDArray[np.int_] | list[int], device: torch.device) -> Tensor:
    return torch.as_tensor(values, dtype=torch.long).to(device, non_blocking=True)
