"""Small random models behind a tokenizer like Qwen2.5's: digits one by one, and added tokens that are not special."""

from functools import cache
from typing import Any

import torch
from tokenizers import AddedToken, Regex, Tokenizer, models, pre_tokenizers, trainers
from tokenizers.decoders import ByteLevel
from transformers import PreTrainedTokenizerFast
from transformers.models.gemma import GemmaConfig, GemmaForCausalLM
from transformers.models.llama import LlamaConfig, LlamaForCausalLM
from transformers.models.mistral import MistralConfig, MistralForCausalLM
from transformers.models.qwen2 import Qwen2Config, Qwen2ForCausalLM
from transformers.models.qwen3 import Qwen3Config, Qwen3ForCausalLM

from inference.scoring.local_scorer import LocalScorer
from inference.scoring.prompt import Prompt

RUBRIC = "Be fair. Answer in JSON."
WORDS = (
    'true false {"flag": true, "category": "toxicity"} harassment hate_speech sexual_content violence message judge '
)
LIKE_QWEN = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
TEMPLATE = (
    "{% for turn in messages %}<|im_start|>{{ turn['role'] }}\n{{ turn['content'] }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
SPECIAL = ("<|endoftext|>", "<|im_start|>", "<|im_end|>")
PLAIN = ("<tool_call>", "</tool_call>", "<|fim_prefix|>", "<|repo_name|>")
"""Added, but not marked special: as in Qwen2.5."""


@cache
def tokenizer() -> PreTrainedTokenizerFast:
    """Some 330 words: " true" and " false" are among them, whole names of categories are not."""
    engine = Tokenizer(models.BPE())
    split = pre_tokenizers.Split(Regex(LIKE_QWEN), "isolated")
    engine.pre_tokenizer = pre_tokenizers.Sequence([split, pre_tokenizers.ByteLevel(False, use_regex=False)])
    engine.decoder = ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(vocab_size=290, initial_alphabet=alphabet, show_progress=False)
    engine.train_from_iterator([" true false flag category message"] * 40 + [WORDS], trainer)
    made = PreTrainedTokenizerFast(tokenizer_object=engine, chat_template=TEMPLATE, eos_token="<|im_end|>")
    made.add_special_tokens({"additional_special_tokens": list(SPECIAL)})
    made.add_tokens([AddedToken(word, special=False) for word in PLAIN])
    return made


SHAPE: dict[str, Any] = {
    "hidden_size": 32,
    "intermediate_size": 48,
    "num_hidden_layers": 3,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "max_position_embeddings": 512,
    "initializer_range": 0.3,
}
KINDS: dict[str, tuple[Any, Any, dict[str, Any]]] = {
    "qwen2": (Qwen2Config, Qwen2ForCausalLM, {"tie_word_embeddings": True}),
    "llama3": (
        LlamaConfig,
        LlamaForCausalLM,
        {
            "rope_parameters": {
                "rope_type": "llama3",
                "rope_theta": 10_000.0,
                "factor": 8.0,
                "low_freq_factor": 1.0,
                "high_freq_factor": 4.0,
                "original_max_position_embeddings": 64,
            }
        },
    ),
    "qwen3": (Qwen3Config, Qwen3ForCausalLM, {"head_dim": 16}),
    "mistral": (MistralConfig, MistralForCausalLM, {"sliding_window": None}),
    "gemma": (GemmaConfig, GemmaForCausalLM, {"head_dim": 8}),
}


@cache
def model(kind: str) -> Any:
    """A random causal language model in float32; its biases and norms are random too."""
    config, causal, more = KINDS[kind]
    torch.manual_seed(1)
    made = causal(config(vocab_size=len(tokenizer()), **SHAPE, **more)).eval()
    with torch.no_grad():
        for name, weight in made.named_parameters():
            if weight.dim() == 1:
                weight.add_(0.3 * torch.randn_like(weight))
            assert weight.dtype == torch.float32, name
    return made


@cache
def scorer(kind: str) -> LocalScorer:
    return LocalScorer(model(kind), Prompt(tokenizer(), RUBRIC), name=kind, model_hash="0" * 64, rubric=RUBRIC)
