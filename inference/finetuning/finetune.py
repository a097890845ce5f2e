"""Fine-tuning by low-rank adapters (LoRA) on what people decided; 4-bit weights (QLoRA) where CUDA allows it.

The ids and losses are those that nano itself was trained with, so any model that moddog can judge with can be tuned.
What the model already knows is held by written lines whose target is what it said of them before.
"""

import math
import os
import random
import shutil
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import torch
from peft import LoraConfig, PeftModel, get_peft_model, prepare_model_for_kbit_training
from transformers import AutoModelForCausalLM, BitsAndBytesConfig
from transformers.utils.logging import disable_progress_bar

from inference.finetuning.examples import TrainingExample, collate, encode_examples, micro_batches
from inference.finetuning.losses import loss
from inference.finetuning.margins_in_training import margins_of
from inference.finetuning.row import Row
from inference.finetuning.written_lines import written_lines
from inference.scoring.load_tokenizer import load_tokenizer
from inference.scoring.prompt import Prompt

OnProgress = Callable[[int, int], None]
"""Called with the steps done and the steps in all."""
WARM_UNTIL = 0.1
SMALL, SMALL_RATE, LARGE_RATE = 100_000_000, 3e-3, 2e-4  # parameters, and the learning rate below and above
WRITTEN_LINES = 4_000  # lines among which those that hold the model are drawn


class CannotFinetune(Exception):
    """The asked-for training is not possible here; the message says why and what to do."""


@dataclass(frozen=True)
class Settings:
    """How to train. `held` is how many written lines hold the model, as a share of the examples.

    Without a `rate` it is one for small models, which need large steps, or one for large ones.
    """

    epochs: int = 6
    rank: int = 8
    rate: float | None = None
    rows: int = 32
    held: float = 1.0
    four_bit: bool = False
    device: str = "cpu"
    seed: int = 0


def finetune(
    base: str,
    rubric: str,
    examples: Sequence[TrainingExample],
    out: Path,
    *,
    settings: Settings,
    on_progress: OnProgress,
) -> None:
    """Train on examples and write the merged float16 model with its tokenizer to `out`, which must not exist yet.

    `on_progress(done, all)` is called after every step. Raises CannotFinetune, and OSError where the base or `out`
    cannot be had.
    """
    _check_room(out)
    torch.manual_seed(settings.seed)
    disable_progress_bar()  # type: ignore[no-untyped-call]
    tokenizer = load_tokenizer(base)
    prompt = Prompt(tokenizer, rubric)
    model = _loaded(base, settings)
    _check_room(out, 2 * sum(map(torch.numel, model.parameters())))
    kept = _holding(model, prompt, round(settings.held * len(examples)), settings.seed)
    adapters = LoraConfig(r=settings.rank, lora_alpha=2 * settings.rank, target_modules="all-linear")
    with warnings.catch_warnings(action="ignore", category=FutureWarning):  # peft asks for a name that is going away
        adapted = get_peft_model(model, adapters)
    _train(model, prompt, [*examples, *kept], settings, on_progress)
    _write(adapted, base, out, settings)
    tokenizer.save_pretrained(out)


def _check_room(out: Path, needed: int = 0) -> None:
    """That `out` can be made, with so many bytes in it: checked before the work. Raises CannotFinetune, OSError."""
    if out.exists():
        raise CannotFinetune(f"{out} is there already; name another folder")
    out.parent.mkdir(parents=True, exist_ok=True)
    if not os.access(out.parent, os.W_OK):
        raise CannotFinetune(f"{out.parent} is not writable; name another folder")
    if (free := shutil.disk_usage(out.parent).free) < needed:
        raise CannotFinetune(f"{out.parent} has {free >> 20:,} MB free, and the weights need {needed >> 20:,}")


def _loaded(base: str, settings: Settings) -> Any:
    if not settings.four_bit:
        dtype = torch.float32 if settings.device == "cpu" else torch.bfloat16
        weights: Any = AutoModelForCausalLM.from_pretrained(base, dtype=dtype)
        return weights.to(settings.device)
    if not (torch.cuda.is_available() and find_spec("bitsandbytes")):
        raise CannotFinetune("4-bit training needs a CUDA device and the package bitsandbytes; leave --four-bit out")
    packed = BitsAndBytesConfig(  # type: ignore[no-untyped-call]
        load_in_4bit=True,
        bnb_4bit_quant_type="nf4",
        bnb_4bit_compute_dtype=torch.bfloat16,
        bnb_4bit_use_double_quant=True,
    )
    model: Any = AutoModelForCausalLM.from_pretrained(
        base, quantization_config=packed, device_map={"": settings.device}
    )
    # Layers that are computed twice keep no cache, and the prefix is read through one.
    return prepare_model_for_kbit_training(model, use_gradient_checkpointing=False)  # type: ignore[no-untyped-call]


def _holding(model: Any, prompt: Prompt, count: int, seed: int) -> list[TrainingExample]:
    """Written lines, each with the probability that the model gives it now."""
    draw = random.Random(seed)
    lines = written_lines(WRITTEN_LINES, draw)
    rows = [Row(text, flag, None, None, "written") for text, flag, _ in draw.sample(lines, min(count, len(lines)))]
    chances = 1.0 / (1.0 + np.exp(-margins_of(model, prompt, rows))) if rows else np.zeros(0)
    return [TrainingExample(row, float(chance), 1.0) for row, chance in zip(rows, chances, strict=True)]


def _train(
    model: Any, prompt: Prompt, examples: Sequence[TrainingExample], settings: Settings, on_progress: OnProgress
) -> None:
    rate = settings.rate or (SMALL_RATE if sum(map(torch.numel, model.parameters())) < SMALL else LARGE_RATE)
    trained = [weight for weight in model.parameters() if weight.requires_grad]
    optimizer = torch.optim.AdamW(trained, lr=rate, weight_decay=0.0)
    draw = random.Random(settings.seed)
    device = torch.device(settings.device)
    total = settings.epochs * math.ceil(len(examples) / settings.rows)
    done = 0
    model.train()
    for _ in range(settings.epochs):
        for group in micro_batches(encode_examples(examples, prompt, draw), settings.rows, draw):
            optimizer.param_groups[0]["lr"] = rate * _share(done / total)
            optimizer.zero_grad(set_to_none=True)
            with torch.autocast(device.type, torch.bfloat16, enabled=device.type != "cpu"):
                value, _ = loss(model, prompt, collate(group).to(device), prefix=prompt.prefix)
            value.backward()  # type: ignore[no-untyped-call]
            torch.nn.utils.clip_grad_norm_(trained, 1.0)
            optimizer.step()
            done += 1
            on_progress(done, total)


def _share(progress: float) -> float:
    """The share of the full learning rate: a short warm-up, then a cosine."""
    if progress < WARM_UNTIL:
        return (progress + 0.01) / (WARM_UNTIL + 0.01)
    return 0.5 * (1.0 + math.cos(math.pi * (progress - WARM_UNTIL) / (1.0 - WARM_UNTIL)))


def _write(adapted: Any, base: str, out: Path, settings: Settings) -> None:
    """Merge and save as float16. 4-bit weights are not merged into: the adapter goes onto the base as it was."""
    if settings.four_bit:
        adapter = out.with_name(out.name + ".adapter")
        adapted.save_pretrained(adapter)
        adapted = PeftModel.from_pretrained(AutoModelForCausalLM.from_pretrained(base, dtype=torch.float16), adapter)
    merged = adapted.merge_and_unload().to(torch.float16)
    if not all(bool(torch.isfinite(weight).all()) for weight in merged.parameters()):
        raise CannotFinetune("the merged weights do not fit into float16; try a lower --rate")
    merged.save_pretrained(out)
