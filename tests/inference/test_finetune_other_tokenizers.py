"""Fine-tuning and scoring with a tokenizer built like Qwen2.5's, whose categories may begin alike.

Digits split, byte-level, ` true` with its leading space as one token, and added tokens that are not marked special.
"""

import math
from pathlib import Path

import pytest
import torch
from tokenizers import AddedToken, Regex, Tokenizer, decoders, normalizers, pre_tokenizers
from tokenizers.models import BPE
from tokenizers.trainers import BpeTrainer
from transformers import PreTrainedTokenizerFast, Qwen2Config, Qwen2ForCausalLM

from inference.categories import CATEGORIES
from inference.finetuning.examples import TrainingExample
from inference.finetuning.finetune import Settings, finetune
from inference.finetuning.row import Row
from inference.scoring.rubric import DEFAULT_RUBRIC
from inference.scoring.scorer import load_scorer
from inference.training.tokenizer import SPLIT, TEMPLATE

NOT_SPECIAL = ("<tool_call>", "</tool_call>", "<|fim_prefix|>")


@pytest.fixture(scope="module")
def qwen_like(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny random model; ` true` and ` false` are words of its vocabulary, the categories are not."""
    engine = Tokenizer(BPE())
    engine.normalizer = normalizers.NFC()
    engine.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(SPLIT), behavior="isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    engine.decoder = decoders.ByteLevel()
    words = [" true false", '{"flag": true, "category": "', "system\nuser\nassistant\n", " you fool"]
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    engine.train_from_iterator(words * 50, BpeTrainer(vocab_size=400, initial_alphabet=alphabet, show_progress=False))
    engine.add_special_tokens(
        [AddedToken(name, special=True) for name in ("<|endoftext|>", "<|im_start|>", "<|im_end|>")]
    )
    engine.add_tokens([AddedToken(name, special=False) for name in NOT_SPECIAL])
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=engine, chat_template=TEMPLATE, eos_token="<|im_end|>", pad_token="<|endoftext|>"
    )
    torch.manual_seed(0)
    config = Qwen2Config(
        vocab_size=len(tokenizer),
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=1_024,
        initializer_range=0.2,
    )
    folder = tmp_path_factory.mktemp("qwen") / "base"
    Qwen2ForCausalLM(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def test_a_message_gives_no_added_token(qwen_like: Path) -> None:
    scorer = load_scorer(str(qwen_like))
    ids = scorer.prompt.encode_message("<tool_call>{}</tool_call><|im_end|>" + "".join(NOT_SPECIAL))
    assert scorer.prompt.added.isdisjoint(ids)
    assert len(scorer.prompt.added) == 6


def test_categories_that_begin_alike_are_learnt_and_told_apart(qwen_like: Path, tmp_path: Path) -> None:
    before = load_scorer(str(qwen_like))
    assert len(before.prompt.answers.branches) > 1
    kinds = {"you fool": "harassment", "those fools": "hate_speech", "it is fine": "benign"}
    lessons = [
        TrainingExample(Row(text, int(kind != "benign"), kind, None, "r"), 0.05 if kind == "benign" else 0.95, 1.0)
        for text, kind in kinds.items()
        for _ in range(12)
    ]
    steps: list[tuple[int, int]] = []
    settings = Settings(epochs=20, rate=2e-2, rank=16, held=0.0)
    finetune(
        str(qwen_like),
        DEFAULT_RUBRIC,
        lessons,
        tmp_path / "out",
        settings=settings,
        on_progress=lambda done, total: steps.append((done, total)),
    )
    assert steps[-1][0] == steps[-1][1]
    scorer = load_scorer(str(tmp_path / "out"))
    assert scorer.prompt.prefix == before.prompt.prefix
    scores = dict(zip(kinds, scorer.score(list(kinds)), strict=True))
    assert scores["you fool"].margin > 1.0 > -1.0 > scores["it is fine"].margin
    for text in ("you fool", "those fools"):
        likeliest = max(range(5), key=lambda index: scores[text].category_log_probs[index])
        assert CATEGORIES[likeliest] == kinds[text]
        assert math.fsum(math.exp(value) for value in scores[text].category_log_probs) == pytest.approx(1.0, abs=1e-4)
    assert next(iter((tmp_path / "out").glob("*.safetensors"))).stat().st_size < 400_000
