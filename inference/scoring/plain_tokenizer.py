"""The engine of a tokenizer for single pieces of a prompt: plain text, in which no marker counts."""

import json
from typing import Any

from tokenizers import Tokenizer
from transformers import PreTrainedTokenizerBase

BLANK = "\u2581"  # how SentencePiece writes a blank


class UnusableTokenizer(Exception):
    """The tokenizer cannot give the ids that reading a margin needs; the message says why."""


def added_tokens(tokenizer: PreTrainedTokenizerBase) -> frozenset[int]:
    """The ids of all added tokens but those of blanks alone, which are no markers of anything."""
    vocabulary = tokenizer.get_added_vocab()
    return frozenset(number for token, number in vocabulary.items() if token.replace(BLANK, " ").strip())


def plain_tokenizer(tokenizer: PreTrainedTokenizerBase) -> Tokenizer:
    """A copy of the tokenizer's engine that knows no added tokens, nor truncation, padding or templates.

    It puts no blank before a text, as some tokenizers do: what it reads stands behind another piece of a prompt.
    """
    engine = getattr(tokenizer, "backend_tokenizer", None)
    if engine is None:
        raise UnusableTokenizer("the tokenizer has no fast engine, so added tokens cannot be kept out of messages")
    described: dict[str, Any] = json.loads(engine.to_str())
    described.update(added_tokens=[], truncation=None, padding=None, post_processor=None)
    for step in ("normalizer", "pre_tokenizer"):
        described[step] = _without_blank(described[step])
    return Tokenizer.from_str(json.dumps(described))


def _without_blank(step: Any) -> Any:
    """A normaliser or splitter that adds no blank before its text; None where it does nothing else."""
    if not step:
        return step
    for several in ("normalizers", "pretokenizers"):
        if several in step:
            return {**step, several: [kept for each in step[several] if (kept := _without_blank(each))]}
    if step["type"] == "Prepend":
        return None
    quiet = {"prepend_scheme": "never", "add_prefix_space": False}
    return step | {key: value for key, value in quiet.items() if key in step}
