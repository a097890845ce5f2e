"""One prefix behind many rows: its keys and values are computed once, and every row attends to them and to itself.

Rows are padded on the right. Under causal attention no real token sees a later one, so padding needs no mask.
"""

from typing import Any

import torch
from torch import Tensor
from transformers import DynamicCache


class SharedPrefix:
    """The keys and values of a prefix under a decoder (a causal language model without its head)."""

    def __init__(self, decoder: Any, prefix: tuple[int, ...]) -> None:
        """Run the prefix once. Gradients flow into it where they are enabled. Raises ValueError without a cache."""
        self.decoder, self.length = decoder, len(prefix)
        device = next(decoder.parameters()).device
        ids = torch.tensor([prefix], device=device)
        cache: Any = DynamicCache()
        decoder(input_ids=ids, past_key_values=cache, use_cache=True)
        if not cache.layers:
            raise ValueError("the decoder keeps no cache of the prefix: switch gradient checkpointing off")
        self.pairs: list[tuple[Tensor, Tensor]] = [(layer.keys, layer.values) for layer in cache.layers]

    def cache(self, rows: int) -> DynamicCache:
        """A cache for so many rows that starts with the prefix; the prefix itself is not copied yet."""
        return DynamicCache(
            [(keys.expand(rows, -1, -1, -1), values.expand(rows, -1, -1, -1)) for keys, values in self.pairs]
        )

    def hidden(
        self,
        ids: Tensor,
        cache: DynamicCache | None = None,
        *,
        mask: Tensor | None = None,
        positions: Tensor | None = None,
    ) -> Tensor:
        """The last hidden states of rows behind the prefix: (rows, length) ids to (rows, length, width).

        A `cache` is grown by the rows. `mask` (rows, seen so far and now) and `positions` (rows, length) are for
        rows that are not plain right-padded ones.
        """
        out: Tensor = self.decoder(
            input_ids=ids,
            past_key_values=self.cache(len(ids)) if cache is None else cache,
            use_cache=True,
            attention_mask=mask,
            position_ids=positions,
        ).last_hidden_state
        return out
