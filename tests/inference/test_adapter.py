"""A LoRA adapter is merged at load, and makes another model; what cannot be loaded is refused clearly."""

import json
import shutil
from pathlib import Path

import pytest
import torch
from peft import LoraConfig, PeftModel, get_peft_model
from safetensors.torch import load_file, save_file
from transformers import AutoModelForCausalLM

from inference.scoring.local_scorer import LocalScorer
from inference.scoring.scorer import load_scorer
from inference.shipped_model import NANO

TEXTS = ["good game everyone", "you are a worthless idiot"]


@pytest.fixture(scope="module")
def adapter(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Random changes to the query and value projections."""
    torch.manual_seed(0)
    folder = tmp_path_factory.mktemp("adapter")
    base = AutoModelForCausalLM.from_pretrained(NANO, dtype=torch.float32)
    wrapped = get_peft_model(base, LoraConfig(r=4, lora_alpha=8, target_modules=["q_proj", "v_proj"]))
    with torch.no_grad():
        for name, weight in wrapped.named_parameters():
            if "lora_B" in name:
                weight.normal_(std=0.2)
    wrapped.save_pretrained(folder)
    return folder


def test_it_scores_as_the_adapted_model_does(nano: LocalScorer, adapter: Path) -> None:
    adapted = load_scorer(device="cpu", adapter=str(adapter))
    plain = PeftModel.from_pretrained(AutoModelForCausalLM.from_pretrained(NANO, dtype=torch.float32), adapter).eval()
    answers = nano.prompt.answers
    for text, base, found in zip(TEXTS, nano.score(TEXTS), adapted.score(TEXTS), strict=True):
        ids = [*nano.prompt.prefix, *nano.prompt.encode_message(text), *nano.prompt.suffix]
        with torch.inference_mode():
            logits = plain(input_ids=torch.tensor([ids])).logits[0, -1]
        assert found.margin == pytest.approx(float(logits[answers.true] - logits[answers.false]), abs=1e-4)
        assert found.margin != pytest.approx(base.margin, abs=1e-2)


def test_it_is_another_model(nano: LocalScorer, adapter: Path) -> None:
    adapted = load_scorer(device="cpu", adapter=str(adapter))
    assert adapted.model_hash != nano.model_hash
    assert adapted.name == f"nano + {adapter.name}"


def test_a_place_without_an_adapter_is_refused(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="cannot use the adapter"):
        load_scorer(device="cpu", adapter=str(tmp_path))


def test_an_adapter_for_another_model_is_refused(adapter: Path) -> None:
    file = adapter / "adapter_model.safetensors"
    whole = load_file(file)
    save_file({name: weight.repeat(2, 2) for name, weight in whole.items()}, file)
    try:
        with pytest.raises(OSError, match="cannot use the adapter"):
            load_scorer(device="cpu", adapter=str(adapter))
    finally:
        save_file(whole, file)


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    """nano's files, to be spoilt."""
    return Path(shutil.copytree(NANO, tmp_path / "copied"))


@pytest.mark.parametrize("kept", [0, 1_000, 3_000_000])
def test_weights_that_were_cut_short_are_refused(copied: Path, kept: int) -> None:
    weights = copied / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:kept])
    with pytest.raises(OSError, match="cannot be read: Error while deserializing header"):
        load_scorer(str(copied), device="cpu")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"intermediate_size": 64}, "cannot be read"),
        ({"num_hidden_layers": 6}, "cannot be read"),
        ({"num_hidden_layers": 6, "layer_types": ["full_attention"] * 6}, "lacks 12 of the model's weights, model.lay"),
        ({"tie_word_embeddings": False}, "lacks 1 of the model's weights, lm_head.weight"),
    ],
)
def test_weights_that_do_not_fill_the_model_are_refused(copied: Path, change: dict[str, object], message: str) -> None:
    described = json.loads((copied / "config.json").read_text())
    (copied / "config.json").write_text(json.dumps(described | change))
    with pytest.raises(OSError, match=message):
        load_scorer(str(copied), device="cpu")


@pytest.mark.parametrize("device", ["cuda", "gpu", "cpux"])
def test_a_device_that_is_not_here_is_refused(device: str) -> None:
    if device == "cuda" and torch.cuda.is_available():
        pytest.skip("there is one here")
    with pytest.raises(ValueError, match=f"there is no device '{device}' here"):
        load_scorer(device=device)


def test_few_bits_are_refused_where_they_cannot_be_had(adapter: Path) -> None:
    with pytest.raises(ValueError, match="int4 needs a CUDA device"):
        load_scorer(device="cpu", dtype="int4")
    with pytest.raises(ValueError, match="int8 needs the package bitsandbytes"):
        load_scorer(device="cuda", dtype="int8")
