"""Loads a scorer: the one door to the weights of a model.

Import this where a model may be loaded (workers, commands), never in the web process: it imports torch.
"""

import os
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import torch
from huggingface_hub.errors import StrictDataclassError
from safetensors import SafetensorError
from transformers import AutoModelForCausalLM, AutoTokenizer
from transformers.utils.logging import disable_progress_bar

from inference.scoring.devices import device_for, precision_for
from inference.scoring.fingerprint import fingerprint
from inference.scoring.local_scorer import LocalScorer
from inference.scoring.prompt import Prompt
from inference.scoring.rubric import DEFAULT_RUBRIC
from inference.shipped_model import NANO

QUANTISED = {"int8": {"load_in_8bit": True}, "int4": {"load_in_4bit": True}}


def load_scorer(
    model: str | None = None,
    *,
    rubric: str = DEFAULT_RUBRIC,
    device: str | None = None,
    dtype: str | None = None,
    adapter: str | None = None,
    name: str | None = None,
) -> LocalScorer:
    """Load a folder or a hub id; the shipped nano where none is named. float32 on a CPU, bfloat16 elsewhere.

    `name` is what it is called, where not its place says that. A LoRA
    `adapter` (folder or hub id) is merged into the weights. Raises UnusableTokenizer where margins cannot be
    read with the model's tokenizer, OSError where there is no such model or adapter or its files are not whole,
    ValueError for a device or dtype that cannot be had here.
    """
    place = str(NANO if model is None else model)
    device = device or device_for(None)
    dtype = dtype or precision_for(device)
    how = _precision(dtype, device)
    device = device_for(device)
    if adapter and dtype in QUANTISED:
        raise ValueError(f"an adapter cannot be merged into {dtype} weights: use bfloat16, or merge it beforehand")
    disable_progress_bar()  # type: ignore[no-untyped-call]
    prompt, weights = _read(place, rubric, how)
    if device == "cpu":
        torch.set_num_threads(len(os.sched_getaffinity(0)))
    if adapter:
        weights = _merged(weights, adapter)
    if dtype not in QUANTISED:  # those are on their device already
        weights = weights.to(torch.device(device))
    called, model_hash = _identity("nano" if model is None else place, place, adapter)
    scorer = LocalScorer(weights.eval(), prompt, name=name or called, model_hash=model_hash, rubric=rubric)
    scorer.check()
    return scorer


def _read(place: str, rubric: str, how: dict[str, Any]) -> tuple[Prompt, Any]:
    """The prompt and the whole weights. Raises OSError where files are cut short, do not fit, or lack weights."""
    load: Any = AutoModelForCausalLM.from_pretrained  # what it returns depends on what it is asked for
    try:
        prompt = Prompt(AutoTokenizer.from_pretrained(place), rubric)  # at once, before gigabytes are read in vain
        weights, found = load(place, output_loading_info=True, **how)
    except (SafetensorError, RuntimeError, StrictDataclassError) as error:
        raise OSError(f"{place} cannot be read: {error}") from error
    if lacking := sorted(found["missing_keys"]):  # transformers would draw them at random, and say so in a log
        raise OSError(f"{place} lacks {len(lacking)} of the model's weights, {lacking[0]} for one")
    return prompt, weights


def _precision(dtype: str, device: str) -> dict[str, Any]:
    """The arguments of `from_pretrained` for a dtype. Raises ValueError."""
    if dtype in QUANTISED:
        if not device.startswith("cuda"):
            raise ValueError(f"{dtype} needs a CUDA device, and this runs on {device}")
        if find_spec("bitsandbytes") is None:
            raise ValueError(f"{dtype} needs the package bitsandbytes, which is not installed here")
        from transformers import BitsAndBytesConfig

        return {
            "dtype": torch.bfloat16,
            "quantization_config": BitsAndBytesConfig(**QUANTISED[dtype]),  # type: ignore[no-untyped-call]
            "device_map": {"": device},
        }
    precision = getattr(torch, dtype, None)
    if not isinstance(precision, torch.dtype):
        raise ValueError(f"unknown dtype {dtype!r}")
    return {"dtype": precision}


def _merged(weights: Any, adapter: str) -> Any:
    """The weights with a LoRA adapter added to them for good. Raises OSError where there is none."""
    from peft import PeftModel

    try:
        return PeftModel.from_pretrained(weights, adapter).merge_and_unload()
    except (ValueError, RuntimeError, SafetensorError) as error:  # none there, one for another model, or half of one
        raise OSError(f"cannot use the adapter {adapter}: {error}") from error


def _identity(called: str, place: str, adapter: str | None) -> tuple[str, str]:
    """Name and hash; an adapter makes another model of the same weights."""
    name = Path(called).name if Path(called).exists() else called
    return f"{name} + {Path(adapter).name}" if adapter else name, fingerprint(place, adapter)
