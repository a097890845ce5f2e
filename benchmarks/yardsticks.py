"""What scoring is measured against: plain generation, the same in batches, and the machine's own limit."""

from collections.abc import Callable, Sequence
from typing import Any

import torch

from benchmarks.report import seconds
from inference.scoring.linear_kernels import linear_of
from inference.scoring.prompt import Prompt

NEW_TOKENS = 96
TOGETHER = 16
SIDE = {"cpu": 2048, "cuda": 8192}


def rows_of(prompt: Prompt, texts: Sequence[str]) -> list[list[int]]:
    """Whole prompts, up to where a model begins its answer by itself."""
    tail = prompt.suffix[: len(prompt.suffix) - len(prompt.encode_message('{"flag":'))]
    return [[*prompt.prefix, *prompt.encode_message(text), *tail] for text in texts]


@torch.inference_mode()
def generate_alone(model: Any, prompt: Prompt, texts: Sequence[str]) -> None:
    """(a) A whole answer for each message, one at a time, greedy."""
    for row in rows_of(prompt, texts):
        ids = torch.tensor([row], device=model.device)
        model.generate(ids, attention_mask=torch.ones_like(ids), max_new_tokens=NEW_TOKENS, do_sample=False)


@torch.inference_mode()
def generate_together(model: Any, prompt: Prompt, texts: Sequence[str]) -> None:
    """(b) The same in batches, padded on the left."""
    rows = rows_of(prompt, texts)
    for start in range(0, len(rows), TOGETHER):
        batch = rows[start : start + TOGETHER]
        longest = max(len(row) for row in batch)
        ids = torch.tensor([[0] * (longest - len(row)) + row for row in batch], device=model.device)
        mask = torch.tensor([[0] * (longest - len(row)) + [1] * len(row) for row in batch], device=model.device)
        model.generate(ids, attention_mask=mask, max_new_tokens=NEW_TOKENS, do_sample=False)


def flops(config: Any, prefix: int, lengths: Sequence[int]) -> float:
    """(d) What a model must compute for messages of these lengths (with the answer) behind a prefix that is cached.

    Two for each weight of the layers and token, and four for each head's size and pair of query and key. The head and
    the embeddings do not count.
    """
    width, layers, heads = config.hidden_size, config.num_hidden_layers, config.num_attention_heads
    size = getattr(config, "head_dim", None) or width // heads
    attention = width * size * (2 * heads + 2 * config.num_key_value_heads)
    weights = layers * (attention + 3 * width * config.intermediate_size)
    pairs = sum(length * prefix + length * (length + 1) / 2 for length in lengths)
    return 2.0 * weights * sum(lengths) + 4.0 * layers * heads * size * pairs


def gemm_rate(device: str, dtype: torch.dtype) -> float:
    """The highest rate of matrix products here, in FLOP/s: by PyTorch itself, or by what scoring uses."""
    x, weight = _square(device, dtype), _square(device, dtype)
    scored = linear_of(weight, None, model_bytes=weight.nbytes)
    return max(_rate(lambda: scored(x), device), plain_gemm_rate(device, dtype))


def plain_gemm_rate(device: str, dtype: torch.dtype) -> float:
    """The rate of PyTorch's own products, in FLOP/s: on an AMD processor in float32 about half of what it can do."""
    x, weight = _square(device, dtype), _square(device, dtype)
    return _rate(lambda: x @ weight, device)


def _square(device: str, dtype: torch.dtype) -> torch.Tensor:
    return torch.randn(SIDE[device], SIDE[device], device=device, dtype=dtype)


def _rate(product: Callable[[], object], device: str) -> float:
    with torch.inference_mode():
        return 2.0 * SIDE[device] ** 3 / min(_timed(product, device) for _ in range(8))


def _timed(way: Callable[[], object], device: str) -> float:
    def whole() -> None:
        way()
        if device == "cuda":
            torch.cuda.synchronize()

    return seconds(whole)
