"""nano's shape, and token embeddings that start from what a sentence encoder thinks of each token by itself."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from transformers import PreTrainedTokenizerBase, Qwen2Config, Qwen2ForCausalLM

CONTEXT = 448
HEAD = 32  # dimensions of a head, whatever the width
SPREAD = 0.04  # standard deviation of the starting embeddings
LEXICON_SPREAD = 0.08
NOISE = 0.1  # what is added to the encoder's components, so that no two tokens start the same


def shape(width: int) -> dict[str, int]:
    """What follows from a width: heads of one size, half as many of keys and values, and the units between layers.

    Raises ValueError for a `width` that is neither 32 nor a multiple of 64.
    """
    if width != HEAD and (width <= 0 or width % (2 * HEAD)):
        raise ValueError(f"a width is {HEAD} or a multiple of {2 * HEAD}, not {width}")
    return {
        "hidden_size": width,
        "intermediate_size": (width * 5 // 2 + 63) // 64 * 64,
        "num_attention_heads": width // HEAD,
        "num_key_value_heads": max(1, width // HEAD // 2),
    }


def new_model(tokenizer: PreTrainedTokenizerBase, *, width: int, layers: int, seed: int) -> Qwen2ForCausalLM:
    """A freshly drawn Qwen2 model in float32 with tied embeddings, of the shape that follows from its width."""
    torch.manual_seed(seed)
    config = Qwen2Config(
        **shape(width),
        vocab_size=len(tokenizer),
        num_hidden_layers=layers,
        max_position_embeddings=CONTEXT,
        tie_word_embeddings=True,
        initializer_range=SPREAD,
        bos_token_id=None,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
    return Qwen2ForCausalLM(config)


def starting_embeddings(states: NDArray[np.float32] | None, lexicon: NDArray[np.float32], width: int) -> Tensor:
    """The lexicon's columns (vocabulary, n), then what an encoder thinks of each token, or noise without one.

    `states` has shape (vocabulary, encoder's width), of which the main components are taken. Returns shape
    (vocabulary, width), which must not exceed n + encoder's width.
    """
    noise = np.random.default_rng(0).normal(size=(len(lexicon), width - lexicon.shape[1]))
    others = noise if states is None else _reduced(states, noise.shape[1]) + NOISE * noise
    start = np.concatenate([LEXICON_SPREAD * lexicon, SPREAD * others / others.std()], axis=1)
    return torch.from_numpy(start.astype(np.float32))


def _reduced(states: NDArray[np.float32], width: int) -> NDArray[np.float32]:
    """Main components, to a spread of 1."""
    centred = states - states.mean(axis=0)
    _, _, directions = np.linalg.svd(centred[::4], full_matrices=False)
    reduced: NDArray[np.float32] = centred @ directions[:width].T
    return reduced / reduced.std()
