"""nano's shape, and token embeddings that start from what a sentence encoder thinks of each token by itself."""

import math

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from transformers import PreTrainedTokenizerBase, Qwen2Config, Qwen2ForCausalLM

CONTEXT = 448
HEAD = 32  # dimensions of a head, whatever the width: a wider model has more of them, so that it can grow from another
SPREAD = 0.04  # standard deviation of the starting embeddings
LEXICON_SPREAD = 0.08
NEW_SPREAD = 0.4  # of what a token's new dimensions would begin with, had it no old ones
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


@torch.no_grad()
def grow(model: Qwen2ForCausalLM, start: Qwen2ForCausalLM) -> None:
    """Give a new model the weights of one with no more layers and no wider, so that it says much the same at first.

    The old dimensions, heads and units come last. New heads, units and layers begin by adding nothing, and nothing old
    reads the new dimensions, whose only effect is on the norms: with no more width it says just the same. What the new
    dimensions of the token table hold is kept, made smaller. Raises ValueError where `start` does not fit in.
    """
    _check_fit(model, start)
    old = dict(start.named_parameters())
    for name, weight in model.named_parameters():
        writes = name.endswith(("o_proj.weight", "down_proj.weight"))
        if name not in old:
            if writes:
                weight.zero_()
        elif weight.shape == old[name].shape:
            weight.copy_(old[name])
        elif weight.ndim == 1:
            _widen_vector(weight, old[name], name, math.sqrt(start.config.hidden_size / model.config.hidden_size))
        else:
            _widen_matrix(weight, old[name], name, writes=writes)


def _check_fit(model: Qwen2ForCausalLM, start: Qwen2ForCausalLM) -> None:
    ours, theirs = model.config, start.config
    alike = all(getattr(theirs, name) == value for name, value in shape(theirs.hidden_size).items())
    smaller = theirs.hidden_size <= ours.hidden_size and theirs.num_hidden_layers <= ours.num_hidden_layers
    if not (alike and smaller and theirs.vocab_size == ours.vocab_size):
        both = [
            f"{each.hidden_size} x {each.num_hidden_layers} with {each.num_attention_heads} heads and "
            f"{each.vocab_size} tokens"
            for each in (theirs, ours)
        ]
        raise ValueError(f"a model of {both[0]} cannot grow into one of {both[1]}")


def _widen_vector(weight: Tensor, old: Tensor, name: str, scale: float) -> None:
    """A norm's weights make up for the mean square over more dimensions; the last norm lets nothing new through."""
    if "norm" in name:
        weight.fill_(0.0 if name == "model.norm.weight" else float(old.mean()) * scale)
        old = old * scale
    weight[-len(old) :] = old


def _widen_matrix(weight: Tensor, old: Tensor, name: str, *, writes: bool) -> None:
    rows, columns = old.shape
    if name.endswith("embed_tokens.weight"):
        weight.mul_(NEW_SPREAD)
    elif writes:
        weight.zero_()
    else:
        weight[-rows:] = 0.0
    weight[-rows:, -columns:] = old


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
