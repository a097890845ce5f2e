"""Models to measure: the shipped checkpoint, and larger shapes with random weights, on which speed does not depend."""

import random
from typing import Any

import torch
from transformers import AutoModelForCausalLM
from transformers.models.qwen2 import Qwen2Config
from transformers.models.qwen3 import Qwen3Config

from inference.finetuning.written_lines import written_lines
from inference.scoring.load_tokenizer import load_tokenizer
from inference.scoring.local_scorer import LocalScorer
from inference.scoring.prompt import Prompt
from inference.scoring.rubric import DEFAULT_RUBRIC
from inference.shipped_model import NANO

SHAPES: dict[str, dict[str, int]] = {  # those of a `head_dim` are Qwen3's, the others Qwen2's
    "tiny": {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2, "heads": 4, "groups": 2},
    "6.5m": {"hidden_size": 192, "intermediate_size": 768, "num_hidden_layers": 6, "heads": 6, "groups": 2},
    "25m": {"hidden_size": 512, "intermediate_size": 1536, "num_hidden_layers": 6, "heads": 8, "groups": 2},
    "qwen2.5-3b": {"hidden_size": 2048, "intermediate_size": 11008, "num_hidden_layers": 36, "heads": 16, "groups": 2},
    "qwen3-0.6b": {
        "hidden_size": 1024,
        "intermediate_size": 3072,
        "num_hidden_layers": 28,
        "heads": 16,
        "groups": 8,
        "head_dim": 128,
    },
}
NAMES = ("nano", *SHAPES)
RUBRIC_TOKENS = 273
"""Of the larger shapes' rubric; nano is measured behind the one that it was trained with."""


def build(name: str, device: str, dtype: torch.dtype) -> tuple[Any, Prompt]:
    """A model in evaluation mode and a prompt for it; every shape reads with nano's tokenizer."""
    tokenizer = load_tokenizer(str(NANO))
    if name == "nano":
        return AutoModelForCausalLM.from_pretrained(NANO, dtype=dtype).to(device).eval(), Prompt(tokenizer)
    shape = dict(SHAPES[name])
    kind = Qwen3Config if "head_dim" in shape else Qwen2Config
    config = kind(
        vocab_size=len(tokenizer),
        num_attention_heads=shape.pop("heads"),
        num_key_value_heads=shape.pop("groups"),
        max_position_embeddings=2048,
        tie_word_embeddings=True,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
        **shape,
    )
    torch.manual_seed(0)
    with torch.device(device):
        model = AutoModelForCausalLM.from_config(config)  # type: ignore[no-untyped-call]
    return model.to(dtype).eval(), Prompt(tokenizer, long_rubric(tokenizer))


def scorer_of(model: Any, prompt: Prompt, name: str) -> LocalScorer:
    return LocalScorer(model, prompt, name=name, model_hash="", rubric="")


def long_rubric(tokenizer: Any) -> str:
    """The default rubric, said again and again up to RUBRIC_TOKENS tokens in the whole prefix."""
    ids = tokenizer.encode(" ".join([DEFAULT_RUBRIC] * 8), add_special_tokens=False)
    around = len(Prompt(tokenizer, "").prefix)
    return str(tokenizer.decode(ids[: RUBRIC_TOKENS - around]))


def chat(count: int, *, lines: tuple[int, ...] = (1, 1, 2, 3, 4, 6)) -> list[str]:
    """Chat of mixed length by a seeded generator: so many written lines each, about 55 tokens with the answer's."""
    draw = random.Random(0)
    known = [text for text, _, _ in written_lines(4_000, draw)]
    return [f"{'. '.join(draw.choices(known, k=draw.choice(lines)))} {number}" for number in range(count)]
