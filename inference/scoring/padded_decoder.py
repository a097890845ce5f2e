"""The same answers from any decoder of transformers: padded rows behind an expanded prefix.

Slower than the packed pass, and for decoders that it does not know.
"""

import torch
from torch import Tensor

from inference.scoring.packed_row import PackedRow
from inference.scoring.shared_prefix import SharedPrefix


class PaddedDecoder:
    """A decoder behind one prefix."""

    def __init__(self, shared: SharedPrefix) -> None:
        self.shared = shared

    def behind(self, shared: SharedPrefix) -> "PaddedDecoder":
        """The same decoder behind another prefix."""
        return PaddedDecoder(shared)

    def hidden(self, row: PackedRow) -> Tensor:
        """The last hidden states where answers are read: (M, R, width)."""
        states = self.shared.hidden(row.ids[row.slots], mask=self._mask(row), positions=row.positions[row.slots])
        return states.flatten(0, 1)[row.back[row.reads]]

    def _mask(self, row: PackedRow) -> Tensor | None:
        """Plain causal attention needs none: padding lies to the right, where no token looks."""
        if row.mask is None:
            return None
        count, longest = row.shape
        return torch.cat([row.mask.new_zeros(count, 1, longest, self.shared.length), row.mask], dim=-1)
