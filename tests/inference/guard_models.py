"""Small random models of the architectures of open guard models, behind tokenizers that hold their special tokens."""

import json
from functools import cache
from typing import Any

import torch
from tokenizers import AddedToken, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers
from transformers import PreTrainedTokenizerFast
from transformers.models.gemma2 import Gemma2Config, Gemma2ForCausalLM
from transformers.models.granite import GraniteConfig, GraniteForCausalLM

from inference.scoring.formats_of_models import prompts_of
from inference.scoring.scorer import scorer_of
from inference.scoring.verdict_format import VerdictFormat, read_format
from inference.scoring.windowed_scorer import WindowedScorer
from tests.inference import tiny

POLICY = "No insults. No threats."
LINES = (
    "Safety: Safe Unsafe Controversial\nCategories: Violent Sexual Content or Sexual Acts Unethical Acts PII",
    "unsafe\nsafe S1 S2 S10 Harmful request: yes no Yes No <score> yes </score> Human Question: policy 1 0",
    ' true false {"flag": true, "category": "toxicity"} harassment hate_speech sexual_content violence',
)
QWEN = "{% for m in messages %}<|im_start|>{{ m.role }}\n"
CHATML = QWEN + "{{ m.content }}<|im_end|>\n{% endfor %}<|im_start|>assistant\n"
GUARD = (
    "<|im_start|>user\n# Task: Safe, Unsafe or Controversial. Answer 'Safety: ...'\nUSER: {{ messages[0].content }}"
    "\n<END><|im_end|>\n<|im_start|>assistant\n"
)
LLAMA = (
    "<|begin_of_text|><|start_header_id|>user<|end_header_id|>\n\nTask: is it unsafe?\nS1: Violent Crimes.\n\n"
    "User: {{ messages[0].content }}\n\n<END><|eot_id|><|start_header_id|>assistant<|end_header_id|>"
)
GRANITE = (
    "<|start_of_role|>user<|end_of_role|>Risk?\nUser Message: {{ messages[0].content }}\n<end>\nRisk: "
    "{{ guardian_config.%s }}\nYes or No?%s<|end_of_text|>\n<|start_of_role|>assistant<|end_of_role|>"
)
MISTRAL = "<s>[SYSTEM_PROMPT]{{ messages[0].content }}[/SYSTEM_PROMPT][INST]{{ messages[1].content }}[/INST]"
MARKERS: dict[str, tuple[str, ...]] = {
    "moddog": ("<|im_start|>", "<|im_end|>"),
    "qwen3guard": ("<|im_start|>", "<|im_end|>", "<think>", "</think>"),
    "llama-guard-3": ("<|begin_of_text|>", "<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>"),
    "wildguard": ("<s>", "</s>", "[INST]", "[/INST]"),
    "shieldgemma": ("<bos>", "<eos>", "<start_of_turn>", "<end_of_turn>"),
    "cope": ("<bos>", "<eos>", "<start_of_turn>", "<end_of_turn>"),
    "granite-guardian-3.0": ("<|start_of_role|>", "<|end_of_role|>", "<|end_of_text|>"),
    "granite-guardian-3.3": ("<|start_of_role|>", "<|end_of_role|>", "<|end_of_text|>"),
    "shieldstral": ("<s>", "</s>", "[INST]", "[/INST]", "[SYSTEM_PROMPT]", "[/SYSTEM_PROMPT]"),
}
TEMPLATES: dict[str, str | None] = {
    "moddog": CHATML,
    "qwen3guard": GUARD,
    "llama-guard-3": LLAMA,
    "wildguard": None,
    "shieldgemma": None,
    "cope": None,
    "granite-guardian-3.0": "{# guardian_config #}" + GRANITE % ("risk_name", ""),
    "granite-guardian-3.3": "{# guardian_config #}" + GRANITE % ("criteria_id", " <score> yes </score>"),
    "shieldstral": MISTRAL,
}
ARCHITECTURES = {
    "moddog": "qwen2",
    "qwen3guard": "qwen3",
    "llama-guard-3": "llama3",
    "wildguard": "mistral",
    "shieldgemma": "gemma2",
    "cope": "gemma2",
    "granite-guardian-3.0": "granite",
    "granite-guardian-3.3": "granite",
    "shieldstral": "mistral",
}
BLANKS = ("wildguard", "shieldgemma", "cope")
"""Their tokenizers write blanks as SentencePiece does; that of Mistral puts one before a text."""
MORE: dict[str, tuple[Any, Any, dict[str, Any]]] = {
    "gemma2": (
        Gemma2Config,
        Gemma2ForCausalLM,
        {
            "head_dim": 8,
            "query_pre_attn_scalar": 16,
            "sliding_window": 1200,
            "attn_logit_softcapping": 2.0,
            "final_logit_softcapping": 3.0,
            "attn_implementation": "eager",
        },
    ),
    "granite": (
        GraniteConfig,
        GraniteForCausalLM,
        {
            "embedding_multiplier": 3.0,
            "attention_multiplier": 0.2,
            "residual_multiplier": 0.4,
            "logits_scaling": 4.0,
        },
    ),
}


@cache
def tokenizer(name: str) -> PreTrainedTokenizerFast:
    """A tokenizer with the special tokens of a format's models, and words of its answers."""
    engine = Tokenizer(models.BPE(byte_fallback=name in BLANKS))
    if name in BLANKS:
        prepend = [normalizers.Prepend("\u2581")] if name == "wildguard" else []
        engine.normalizer = normalizers.Sequence([*prepend, normalizers.Replace(" ", "\u2581")])
        engine.pre_tokenizer = pre_tokenizers.Split("\u2581", "merged_with_next")
        engine.decoder = decoders.Sequence([decoders.Replace("\u2581", " "), decoders.ByteFallback(), decoders.Fuse()])
        letters = ["\u2581", *map(chr, range(33, 127)), "\n", *(f"<0x{byte:02X}>" for byte in range(256))]
        trainer = trainers.BpeTrainer(vocab_size=700, special_tokens=letters, show_progress=False)
    else:
        engine.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
        engine.decoder = decoders.ByteLevel()
        alphabet = pre_tokenizers.ByteLevel.alphabet()
        trainer = trainers.BpeTrainer(vocab_size=500, initial_alphabet=alphabet, show_progress=False)
    engine.train_from_iterator(list(LINES) * 20, trainer)
    if name in BLANKS:  # letters had to be in the vocabulary, but are no special tokens
        described = json.loads(engine.to_str())
        described["added_tokens"] = []
        engine = Tokenizer.from_str(json.dumps(described))
    made = PreTrainedTokenizerFast(tokenizer_object=engine, chat_template=TEMPLATES[name], bos_token=MARKERS[name][0])
    made.add_tokens([AddedToken(token, special=True, normalized=False) for token in MARKERS[name]])
    return made


@cache
def model(name: str) -> Any:
    """A random model of the format's architecture in float32; its biases and norms are random too."""
    kind = ARCHITECTURES[name]
    config, causal, more = {**tiny.KINDS, **MORE}[kind]
    torch.manual_seed(3)
    shape = tiny.SHAPE | {"max_position_embeddings": 1500}
    made = causal(config(vocab_size=len(tokenizer(name)), pad_token_id=None, **shape, **more)).eval()
    with torch.no_grad():
        for weight in made.parameters():
            if weight.dim() == 1:
                weight.add_(0.3 * torch.randn_like(weight))
    return made


@cache
def scorer(name: str) -> WindowedScorer:
    found: VerdictFormat = read_format(name)
    prompts = prompts_of(tokenizer(name), POLICY, found)
    return scorer_of(model(name), prompts, name=name, model_hash="0" * 64, rubric=POLICY)
