"""The forward pass of Llama-like decoders over a packed row: no padding, and one prefix for all.

It reads the weights of a transformers model and leaves that model as it is. What it saves beside padding: in the last
layer only the tokens at which an answer is read go beyond keys and values.
"""

from copy import copy
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from inference.scoring.attention import Prefix, merged, own_part, read_part
from inference.scoring.linear_kernels import Linear, linear_of
from inference.scoring.packed_row import PackedRow, rounded
from inference.scoring.shared_prefix import SharedPrefix

KINDS = ("granite", "llama", "mistral", "qwen2", "qwen3")
ROPES = ("default", "linear", "llama3", "yarn")


def is_llama_like(model: Any) -> bool:
    """Whether `PackedDecoder` computes what this causal language model computes."""
    config = model.config
    ropes = getattr(config, "rope_parameters", None) or {}
    linear = all(type(module) is nn.Linear for name, module in model.named_modules() if name.endswith("_proj"))
    return (
        config.model_type in KINDS
        and config.hidden_act == "silu"
        and not _slides(config)
        and ropes.get("rope_type", "default") in ROPES
        and ropes.get("partial_rotary_factor", 1.0) == 1.0
        and linear
        and not _biased_while_scaled(model)
    )


def _biased_while_scaled(model: Any) -> bool:
    """Whether what is added to the residual is scaled together with a bias: scaling what comes in is then another."""
    if (getattr(model.config, "residual_multiplier", None) or 1.0) == 1.0:
        return False
    return any(name.endswith(("o_proj.bias", "down_proj.bias")) for name, _ in model.named_parameters())


def _times(states: Tensor, factor: float) -> Tensor:
    return states if factor == 1.0 else states * factor


def _slides(config: Any) -> bool:
    if layers := getattr(config, "layer_types", None):
        return any(layer != "full_attention" for layer in layers)
    return bool(getattr(config, "sliding_window", None))


@dataclass(frozen=True)
class Layer:
    """One layer's weights, and its keys and values of the prefix."""

    before: Tensor
    project: Linear
    query_norm: Tensor | None
    key_norm: Tensor | None
    out: Linear
    after: Tensor
    gate: Linear
    up: Linear
    down: Linear
    prefix: Prefix


class PackedDecoder:
    """A decoder behind one prefix."""

    def __init__(self, shared: SharedPrefix) -> None:
        """Prepare the weights of a decoder for which `is_llama_like` holds."""
        decoder = shared.decoder
        config, size = decoder.config, sum(weight.nbytes for weight in decoder.parameters())
        self.offset, self.epsilon = shared.length, float(config.rms_norm_eps)
        self.heads, self.groups = int(config.num_attention_heads), int(config.num_key_value_heads)
        self.size = int(getattr(config, "head_dim", None) or config.hidden_size // self.heads)
        scale = float(decoder.layers[0].self_attn.scaling)
        self.embedded_by = float(getattr(config, "embedding_multiplier", None) or 1.0)
        self.added_by = float(getattr(config, "residual_multiplier", None) or 1.0)
        self.table, self.norm = decoder.embed_tokens.weight, decoder.norm.weight
        self.turns = _turns(decoder, int(config.max_position_embeddings))
        self.scaling_turns = self.turns * scale
        pairs = zip(decoder.layers, shared.pairs, strict=True)
        self.layers = [_layer(layer, keys, values, size) for layer, (keys, values) in pairs]

    def behind(self, shared: SharedPrefix) -> "PackedDecoder":
        """The same decoder behind another prefix: the weights are not prepared, nor kept, a second time."""
        other = copy(self)
        other.offset = shared.length
        other.layers = [
            replace(layer, prefix=_prefix(keys, values))
            for layer, (keys, values) in zip(self.layers, shared.pairs, strict=True)
        ]
        return other

    def hidden(self, row: PackedRow) -> Tensor:
        """The last hidden states where answers are read: (M, R, width)."""
        states = _times(functional.embedding(row.ids, self.table), self.embedded_by)
        turns = self._turns_at(row.positions)
        for layer in self.layers[:-1]:
            queries, keys, values = self._project(layer, states, turns)
            attended = merged(layer.prefix.part(queries), own_part(queries, keys, values, row))
            states = self._finish(layer, attended, states)
        last, reads = self.layers[-1], row.reads.flatten()
        queries, keys, values = self._project(last, states, turns)
        queries = queries.index_select(0, reads)
        attended = merged(last.prefix.part(queries), read_part(queries, keys, values, row))
        spare = rounded(len(reads)) - len(reads)
        attended = functional.pad(attended, (0, 0, 0, 0, 0, spare))
        states = functional.pad(states.index_select(0, reads), (0, 0, 0, spare))
        states = self._finish(last, attended, states)[: len(reads)]
        return self._normed(states, self.norm).view(*row.reads.shape, -1)

    def _turns_at(self, positions: Tensor) -> tuple[Tensor, Tensor]:
        """How queries and keys at these positions are turned; queries are scaled as well."""
        return self.scaling_turns[positions].unsqueeze(1), self.turns[positions].unsqueeze(1)

    def _project(self, layer: Layer, states: Tensor, turns: tuple[Tensor, Tensor]) -> tuple[Tensor, Tensor, Tensor]:
        """Turned and scaled queries (T, heads, size), turned keys and values (T, groups, size)."""
        joint = layer.project(self._normed(states, layer.before)).view(len(states), -1, self.size)
        queries, keys, values = torch.split(joint, [self.heads, self.groups, self.groups], dim=1)
        if layer.query_norm is not None and layer.key_norm is not None:
            queries, keys = self._normed(queries, layer.query_norm), self._normed(keys, layer.key_norm)
        return turned(queries, turns[0]), turned(keys, turns[1]), values

    def _finish(self, layer: Layer, attended: Tensor, states: Tensor) -> Tensor:
        states = layer.out.plus(_times(attended.flatten(1), self.added_by), states)
        normed = self._normed(states, layer.after)
        return layer.down.plus(_times(layer.up.times(normed, layer.gate.silu(normed)), self.added_by), states)

    def _normed(self, states: Tensor, weight: Tensor) -> Tensor:
        if states.device.type != "cpu":
            return functional.rms_norm(states, weight.shape, weight, self.epsilon)
        # PyTorch has no kernel of it for CPUs: it makes a float32 copy and a square of everything first.
        norms = torch.linalg.vector_norm(states, dim=-1, keepdim=True, dtype=torch.float32)
        inverse: Tensor = norms.square_().div_(states.shape[-1]).add_(self.epsilon).rsqrt_()
        return (states * inverse).mul_(weight).to(states.dtype)


def turned(heads: Tensor, turns: Tensor) -> Tensor:
    """Rotary positions by complex products: interleaved (T, n, size) with turns (T, 1, size / 2)."""
    pairs = torch.view_as_complex(heads.float().view(*heads.shape[:-1], -1, 2))
    return torch.view_as_real(pairs * turns).flatten(-2).to(heads.dtype)


def _pairs(size: int) -> Tensor:
    """The order of a head in which its two halves lie as pairs, which complex numbers are.

    Weights and the keys of the prefix are put into it once, not queries and keys at each pass; products stay the same.
    """
    return torch.arange(size).view(2, -1).T.flatten()


def _turns(decoder: Any, context: int) -> Tensor:
    """(context, size / 2): the unit, or scaled, complex number of each position and frequency."""
    places = torch.arange(context, device=decoder.embed_tokens.weight.device)[None]
    cosines, sines = decoder.rotary_emb(torch.zeros(1, device=places.device), places)
    half = cosines.shape[-1] // 2
    return torch.complex(cosines[0, :, :half].float(), sines[0, :, :half].float())


def _layer(layer: Any, keys: Tensor, values: Tensor, model_bytes: int) -> Layer:
    attention, mlp = layer.self_attn, layer.mlp
    size = keys.shape[-1]
    order = _pairs(size).to(keys.device)
    turning = (attention.q_proj, attention.k_proj)
    weights = [each.weight.view(-1, size, each.in_features)[:, order].flatten(0, 1) for each in turning]
    biases = [] if turning[0].bias is None else [each.bias.view(-1, size)[:, order].flatten() for each in turning]

    def whole(module: nn.Linear) -> Linear:
        return linear_of(module.weight, module.bias, model_bytes=model_bytes)

    query_norm, key_norm = getattr(attention, "q_norm", None), getattr(attention, "k_norm", None)
    return Layer(
        before=layer.input_layernorm.weight,
        project=linear_of(
            torch.cat([*weights, attention.v_proj.weight]),
            torch.cat([*biases, attention.v_proj.bias]) if biases else None,
            model_bytes=model_bytes,
        ),
        query_norm=None if query_norm is None else query_norm.weight[order],
        key_norm=None if key_norm is None else key_norm.weight[order],
        out=whole(attention.o_proj),
        after=layer.post_attention_layernorm.weight,
        gate=whole(mlp.gate_proj),
        up=whole(mlp.up_proj),
        down=whole(mlp.down_proj),
        prefix=_prefix(keys, values),
    )


def _prefix(keys: Tensor, values: Tensor) -> Prefix:
    return Prefix(keys[..., _pairs(keys.shape[-1]).to(keys.device)], values)
