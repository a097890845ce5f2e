"""nano's shape, and token embeddings that start from what a sentence encoder knows of the same letters."""

from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.numpy import load_file
from tokenizers import Tokenizer
from transformers import PreTrainedTokenizerBase, Qwen2Config, Qwen2ForCausalLM

CONTEXT = 448
SPREAD = 0.04  # standard deviation of the starting embeddings
LEXICON_SPREAD = 0.08


def new_model(tokenizer: PreTrainedTokenizerBase, *, width: int, layers: int, seed: int) -> Qwen2ForCausalLM:
    """A freshly drawn Qwen2 model in float32 with tied embeddings; four heads, two of keys and values."""
    torch.manual_seed(seed)
    config = Qwen2Config(
        vocab_size=len(tokenizer),
        hidden_size=width,
        intermediate_size=(width * 5 // 2 + 63) // 64 * 64,
        num_hidden_layers=layers,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=CONTEXT,
        tie_word_embeddings=True,
        initializer_range=SPREAD,
        bos_token_id=None,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
    return Qwen2ForCausalLM(config)


@torch.no_grad()
def grow(model: Qwen2ForCausalLM, start: Qwen2ForCausalLM) -> None:
    """Give a new model the weights of one of the same width and no more layers, so that it says just the same at first.

    Layers that `start` lacks come last and begin by adding nothing.
    """
    model.load_state_dict(start.state_dict(), strict=False)
    for layer in model.model.layers[start.config.num_hidden_layers :]:
        layer.self_attn.o_proj.weight.zero_()
        layer.mlp.down_proj.weight.zero_()


def starting_embeddings(
    encoder: Path | None, tokenizer: PreTrainedTokenizerBase, width: int, lexicon: NDArray[np.float32]
) -> NDArray[np.float32]:
    """The lexicon's columns (vocabulary, n), then what the encoder knows, or noise. Shape (vocabulary, width)."""
    rest = width - lexicon.shape[1]
    if encoder is None:
        others = np.random.default_rng(0).normal(size=(len(tokenizer), rest)).astype(np.float32) * SPREAD
    else:
        others = embeddings_from(encoder, tokenizer, rest)
    return np.concatenate([LEXICON_SPREAD * lexicon, others], axis=1).astype(np.float32)


def embeddings_from(encoder: Path, tokenizer: PreTrainedTokenizerBase, width: int) -> NDArray[np.float32]:
    """Starting embeddings from a WordPiece encoder's folder (`tokenizer.json`, `model.safetensors`).

    Each of our tokens is the mean of the pieces its text falls into, brought to `width` by principal components
    and to the usual spread. Shape (vocabulary, width). Needs `width` no larger than the encoder's.
    """
    pieces = Tokenizer.from_file(str(encoder / "tokenizer.json"))
    pieces.no_truncation()
    pieces.no_padding()
    table = load_file(encoder / "model.safetensors")["embeddings.word_embeddings.weight"].astype(np.float32)
    table = table - table.mean(axis=0)
    rows = [_mean(pieces, table, tokenizer.decode([index])) for index in range(len(tokenizer))]
    matrix = np.stack(rows)
    _, _, directions = np.linalg.svd(matrix[::4] - matrix[::4].mean(axis=0), full_matrices=False)
    reduced = matrix @ directions[:width].T
    noise = np.random.default_rng(0).normal(size=reduced.shape) * 0.3
    scaled = reduced / reduced.std() + noise
    return (SPREAD * scaled / scaled.std()).astype(np.float32)


def _mean(pieces: Tokenizer, table: NDArray[np.float32], text: str) -> NDArray[np.float32]:
    ids = pieces.encode(text.strip(), add_special_tokens=False).ids
    if not text.startswith(" ") and len(ids) == 1:
        continued = pieces.token_to_id("##" + text.strip().lower())
        ids = ids if continued is None else [*ids, continued]
    return table[ids].mean(axis=0) if ids else np.zeros(table.shape[1], dtype=np.float32)
