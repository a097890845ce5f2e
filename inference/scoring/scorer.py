"""Loads a scorer: the one door to the weights of a model.

Import this where a model may be loaded (workers, commands), never in the web process: it imports torch.
"""

from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import torch
from huggingface_hub.errors import StrictDataclassError
from safetensors import SafetensorError
from transformers import AutoConfig, AutoModelForCausalLM, AutoModelForImageTextToText
from transformers.models.auto.modeling_auto import MODEL_FOR_CAUSAL_LM_MAPPING
from transformers.utils.logging import disable_progress_bar

from inference.scoring.devices import cores, device_for, precision_for
from inference.scoring.fingerprint import fingerprint
from inference.scoring.formats_of_models import format_of, prompts_of
from inference.scoring.load_tokenizer import load_tokenizer
from inference.scoring.local_scorer import LocalScorer
from inference.scoring.prompt import Prompt
from inference.scoring.rubric import DEFAULT_RUBRIC
from inference.scoring.rule_scorer import RuleScorer
from inference.scoring.windowed_scorer import WindowedScorer
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
    verdict_format: str = "",
) -> WindowedScorer:
    """Load a folder or a hub id; the shipped nano where none is named. float32 on a CPU, bfloat16 elsewhere.

    `name` is what it is called, where not its place says that. A LoRA
    `adapter` (folder or hub id) is merged into the weights. `verdict_format` names how it is asked, recognised where it
    is empty. Raises UnusableTokenizer where margins cannot be read with the model's tokenizer, OSError where there is
    no such model or adapter or its files are not whole, ValueError for a device, dtype or format that cannot be had.
    """
    place = str(NANO if model is None else model)
    device = device or device_for(None)
    dtype = dtype or precision_for(device)
    how = _precision(dtype, device)
    device = device_for(device)
    if adapter and dtype in QUANTISED:
        raise ValueError(f"an adapter cannot be merged into {dtype} weights: use bfloat16, or merge it beforehand")
    disable_progress_bar()  # type: ignore[no-untyped-call]
    prompts, weights = _read(place, rubric, how, verdict_format)
    if device == "cpu":
        torch.set_num_threads(cores())
    if adapter:
        weights = _merged(weights, adapter)
    if dtype not in QUANTISED:  # those are on their device already
        weights = weights.to(torch.device(device))
    called, model_hash = _identity("nano" if model is None else place, place, adapter)
    return scorer_of(weights.eval(), prompts, name=name or called, model_hash=model_hash, rubric=rubric)


def scorer_of(weights: Any, prompts: Sequence[Prompt], *, name: str, model_hash: str, rubric: str) -> WindowedScorer:
    """The checked scorer of weights under the prompts of one format: one, or one for each of its rules."""
    first = LocalScorer(weights, prompts[0], name=name, model_hash=model_hash, rubric=rubric)
    first.check()
    if not first.prompt.format.categories.rules:
        return first
    others = [
        LocalScorer(weights, prompt, name=name, model_hash=model_hash, rubric=rubric, beside=first)
        for prompt in prompts[1:]
    ]
    return RuleScorer([first, *others])


def _read(place: str, rubric: str, how: dict[str, Any], verdict_format: str) -> tuple[list[Prompt], Any]:
    """The prompts and the whole weights. Raises OSError where files are cut short, do not fit, or lack weights."""
    try:
        tokenizer, config = load_tokenizer(place), AutoConfig.from_pretrained(place)
        only_reads = type(config) in MODEL_FOR_CAUSAL_LM_MAPPING
        kind: Any = AutoModelForCausalLM if only_reads else AutoModelForImageTextToText
        found = format_of(config, tokenizer, place, verdict_format)
        prompts = prompts_of(tokenizer, rubric, found)  # at once, before gigabytes are read in vain
        weights, read = kind.from_pretrained(place, output_loading_info=True, **how)
    except (SafetensorError, RuntimeError, StrictDataclassError) as error:
        raise OSError(f"{place} cannot be read: {error}") from error
    if lacking := sorted(read["missing_keys"]):  # transformers would draw them at random, and say so in a log
        raise OSError(f"{place} lacks {len(lacking)} of the model's weights, {lacking[0]} for one")
    return prompts, weights if only_reads else _text_part(weights, config)


def _text_part(whole: Any, config: Any) -> Any:
    """The causal language model within one that sees, too: the same weights, without those for pictures."""
    with torch.device("meta"):
        alone: Any = AutoModelForCausalLM.from_config(config.get_text_config())  # type: ignore[no-untyped-call]
    setattr(alone, alone.base_model_prefix, whole.get_decoder())
    alone.set_output_embeddings(whole.get_output_embeddings())
    return alone


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
