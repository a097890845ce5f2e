"""Matrix products with what follows them: one kernel each on a CPU, by oneDNN, and plain PyTorch elsewhere.

PyTorch's own `linear` goes through MKL, which on AMD processors reaches half the rate of oneDNN in float32.
"""

from typing import Protocol

import torch
from torch import Tensor
from torch.nn import functional

PACKED_BYTES = 1 << 30
"""Up to this size of a model's weights, oneDNN keeps its own copy of them; beyond it, each call reorders them."""
ROWS = 2048  # that oneDNN's layout is chosen for


class Linear(Protocol):
    """`x W^T + b` of x (n, in), and what is often done next."""

    def __call__(self, x: Tensor) -> Tensor: ...
    def silu(self, x: Tensor) -> Tensor: ...
    def times(self, x: Tensor, other: Tensor) -> Tensor: ...
    def plus(self, x: Tensor, other: Tensor) -> Tensor: ...


class PlainLinear:
    """By PyTorch, on any device."""

    def __init__(self, weight: Tensor, bias: Tensor | None) -> None:
        self.weight, self.bias = weight, bias

    def __call__(self, x: Tensor) -> Tensor:
        return functional.linear(x, self.weight, self.bias)

    def silu(self, x: Tensor) -> Tensor:
        return functional.silu(self(x), inplace=True)

    def times(self, x: Tensor, other: Tensor) -> Tensor:
        return self(x).mul_(other)

    def plus(self, x: Tensor, other: Tensor) -> Tensor:
        return self(x).add_(other)


class OneDnnLinear:
    """By oneDNN, with what follows in the same kernel."""

    def __init__(self, weight: Tensor, bias: Tensor | None, *, packed: bool) -> None:
        ops = torch.ops.mkldnn
        self.weight = ops._reorder_linear_weight(weight.contiguous(), ROWS) if packed else weight.contiguous()
        self.bias, self._alone, self._with = bias, ops._linear_pointwise.default, ops._linear_pointwise.binary

    def __call__(self, x: Tensor) -> Tensor:
        out: Tensor = self._alone(x, self.weight, self.bias, "none", [], "")
        return out

    def silu(self, x: Tensor) -> Tensor:
        out: Tensor = self._alone(x, self.weight, self.bias, "swish", [], "")
        return out

    def times(self, x: Tensor, other: Tensor) -> Tensor:
        out: Tensor = self._with(x, other, self.weight, self.bias, "mul")
        return out

    def plus(self, x: Tensor, other: Tensor) -> Tensor:
        out: Tensor = self._with(x, other, self.weight, self.bias, "add")
        return out


def linear_of(weight: Tensor, bias: Tensor | None, *, model_bytes: int) -> Linear:
    """The quickest way for a weight (out, in) where it is; `model_bytes` is the size of the whole model."""
    if weight.device.type == "cpu" and has_onednn(weight.dtype):
        return OneDnnLinear(weight, bias, packed=model_bytes <= PACKED_BYTES)
    return PlainLinear(weight, bias)


def has_onednn(dtype: torch.dtype) -> bool:
    """Whether this PyTorch was built with oneDNN and its fused products, and this CPU multiplies in that precision."""
    built: bool = torch.backends.mkldnn.is_available()  # type: ignore[no-untyped-call]
    if not built or not hasattr(torch.ops.mkldnn, "_linear_pointwise"):
        return False
    return dtype == torch.float32 or (dtype == torch.bfloat16 and torch.ops.mkldnn._is_mkldnn_bf16_supported())
