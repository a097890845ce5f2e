"""Attention in two parts, merged exactly: to the shared prefix, and to one's own message.

Softmax over a union of keys is the average of the softmaxes over its parts, weighted by their sums of exponentials
(Dao et al. 2022; Juravsky et al. 2024). So the prefix's keys are read once for the whole packed row instead of being
copied behind every message, and the messages' own part stays small.
"""

import torch
from torch import Tensor

from inference.scoring.packed_row import PackedRow

SHORT = 48
"""Up to this many keys, plain products beat the fused kernel on a CPU: measured, see benchmarks/attention.py."""

Part = tuple[Tensor, Tensor]
"""What a part of the keys says: outputs (batch, heads, queries, size), and logs of the sums (batch, heads, queries)."""


def merged(first: Part, second: Part) -> Tensor:
    """The attention over both parts' keys."""
    weight = torch.sigmoid(second[1] - first[1]).unsqueeze(-1)
    return torch.lerp(first[0], second[0], weight.to(first[0].dtype))


def attend(queries: Tensor, keys: Tensor, values: Tensor, *, mask: Tensor | None = None, causal: bool = False) -> Part:
    """Attention of scaled `queries` (batch, heads, queries, size) to `keys` and `values` (batch, groups, keys, size).

    Consecutive heads share a group. `mask` is added to the scores and broadcasts over heads; `causal` is for as many
    queries as keys.
    """
    if queries.device.type == "cpu" and (keys.shape[2] > SHORT or (mask is None and not causal)):
        return _fused(queries, keys, values, mask, causal)
    if causal:
        length = queries.shape[2]
        mask = torch.full((length, length), float("-inf"), device=queries.device, dtype=queries.dtype).triu_(1)
    return _plain(queries, keys, values, mask)


def has_flash(queries: Tensor) -> bool:
    """Whether PyTorch's flash attention for packed rows serves: on CUDA, in half precision, for heads of up to 256."""
    return queries.is_cuda and queries.dtype != torch.float32 and queries.shape[-1] <= 256


Sequences = tuple[Tensor, int]
"""Where packed sequences end, from 0, and the length of the longest."""


def flash(
    queries: Tensor, keys: Tensor, values: Tensor, of_queries: Sequences, of_keys: Sequences, *, causal: bool
) -> Part:
    """Attention of packed scaled queries (T, heads, size) to packed keys and values, sequence by sequence."""
    from torch.nn.attention.varlen import AuxRequest, varlen_attn  # brings torch's compiler along: two seconds

    outputs, sums = varlen_attn(
        *(queries, keys, values, of_queries[0], of_keys[0], of_queries[1], of_keys[1]),
        return_aux=AuxRequest(lse=True),
        scale=1.0,
        window_size=(-1, 0) if causal else (-1, -1),
        enable_gqa=True,
    )
    return outputs, sums.T


def _fused(queries: Tensor, keys: Tensor, values: Tensor, mask: Tensor | None, causal: bool) -> Part:
    """PyTorch's kernel for CPUs; asked directly, because only so does it tell the sums."""
    part: Part = torch.ops.aten._scaled_dot_product_flash_attention_for_cpu(
        queries, keys, values, is_causal=causal, attn_mask=mask, scale=1.0
    )
    return part


def _plain(queries: Tensor, keys: Tensor, values: Tensor, mask: Tensor | None) -> Part:
    batch, heads, length, size = queries.shape
    grouped = (batch, keys.shape[1], heads // keys.shape[1] * length, size)
    scores = torch.matmul(queries.reshape(grouped), keys.transpose(2, 3)).view(batch, heads, length, -1)
    if mask is not None:
        scores += mask
    scores = scores.float()
    highest = scores.amax(-1, keepdim=True)
    weights = scores.sub_(highest).exp_()
    sums = weights.sum(-1, keepdim=True)
    outputs = torch.matmul(weights.to(values.dtype).view(*grouped[:3], -1), values).view(queries.shape)
    return outputs.div_(sums), highest.add_(sums.log_()).squeeze(-1)


class Prefix:
    """One layer's keys and values of the shared prefix, (1, groups, P, size)."""

    def __init__(self, keys: Tensor, values: Tensor) -> None:
        self.keys, self.values, self.length = keys.contiguous(), values.contiguous(), keys.shape[2]

    def part(self, queries: Tensor) -> Part:
        """What the prefix says to queries (n, heads, size): outputs (n, heads, size), logs of sums (n, heads)."""
        if has_flash(queries):
            keys, values = (each[0].transpose(0, 1) for each in (self.keys, self.values))
            return flash(queries, keys, values, _one(len(queries), queries), _one(self.length, queries), causal=False)
        outputs, sums = attend(queries.transpose(0, 1)[None], self.keys, self.values)
        return outputs[0].transpose(0, 1), sums[0].T


def own_part(queries: Tensor, keys: Tensor, values: Tensor, row: PackedRow) -> Part:
    """What each token's own message says to it: (T, heads, size) and (T, heads).

    Without a kernel for packed rows, the row is unpacked for this alone: padded to the longest message of its batch,
    which is about as long as the others, and packed again.
    """
    if row.mask is None and has_flash(queries):
        messages = (row.ends, row.shape[1])
        return flash(queries, keys, values, messages, messages, causal=True)
    count, longest = row.shape
    slots = row.slots.flatten()
    outputs, sums = attend(
        *(_unpacked(each, slots, count, longest) for each in (queries, keys, values)),
        mask=row.mask,
        causal=row.mask is None,
    )
    outputs, sums = outputs.transpose(1, 2).flatten(0, 1), sums.transpose(1, 2).flatten(0, 1)
    return outputs.index_select(0, row.back), sums.index_select(0, row.back)


def read_part(queries: Tensor, keys: Tensor, values: Tensor, row: PackedRow) -> Part:
    """What each message says to the places where its answers are read: queries and outputs (M * R, heads, size)."""
    count, longest = row.shape
    slots = row.slots.flatten()
    asked = queries.view(count, -1, *queries.shape[1:]).transpose(1, 2)
    keys, values = (_unpacked(each, slots, count, longest) for each in (keys, values))
    outputs, sums = _plain(asked, keys, values, row.read_mask)
    return outputs.transpose(1, 2).flatten(0, 1), sums.transpose(1, 2).flatten(0, 1)


def _unpacked(row: Tensor, slots: Tensor, count: int, longest: int) -> Tensor:
    """(T, heads, size) to (count, heads, longest, size)."""
    return row.index_select(0, slots).view(count, longest, *row.shape[1:]).transpose(1, 2)


def _one(length: int, like: Tensor) -> Sequences:
    return torch.tensor([0, length], device=like.device, dtype=torch.int32), length
