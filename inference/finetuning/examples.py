"""From labelled rows to rows of ids with what is to be learnt at which position."""

import json
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from inference.categories import BENIGN, CATEGORIES
from inference.finetuning.disguise import disguise
from inference.finetuning.reasons import REASONS
from inference.finetuning.row import Row
from inference.scoring.prompt import Prompt

LONGEST = 224  # ids of a message in training
ANSWERED = 0.05  # share of rows that learn a whole answer
READ_ON = 0.08  # share of a message's positions that learn the next token


@dataclass(frozen=True)
class TrainingExample:
    """A row with its soft target (0 to 1), how much it counts, and a teacher's `hint` of its text, if there is one.

    The hint is what an encoder says of the text: (components,).
    """

    row: Row
    target: float
    weight: float
    hint: NDArray[np.float16] | None = None


@dataclass
class EncodedExample:
    """Ids behind the prefix, with positions: of the flag, of the category, and of tokens to be written."""

    ids: list[int]
    flag_at: int
    target: float
    weight: float
    named: list[tuple[int, int, int]] = field(default_factory=list)  # position, branch, token of it that goes on
    category: int = -1
    answer: list[tuple[int, int]] = field(default_factory=list)
    message: list[tuple[int, int]] = field(default_factory=list)
    hint: NDArray[np.float16] | None = None


@dataclass(frozen=True)
class Batch:
    """Right-padded ids (rows, length) and index pairs into it; see EncodedExample."""

    ids: Tensor
    flag_at: Tensor
    target: Tensor
    weight: Tensor
    named_at: Tensor  # (named, 2): row and position
    named: Tensor  # (named, 3): branch, which of its tokens goes on, and the whole category
    answer_at: Tensor  # (written, 2)
    answer: Tensor
    message_at: Tensor
    message: Tensor
    hint: Tensor  # (rows, components), without components where no encoder was asked

    def to(self, device: torch.device) -> "Batch":
        """The same batch on a device."""
        return Batch(**{name: value.to(device) for name, value in vars(self).items()})


def encode_examples(
    examples: Sequence[TrainingExample],
    prompt: Prompt,
    draw: random.Random,
    *,
    change: Callable[[str, random.Random], str] | None = disguise,
    answered: float = ANSWERED,
) -> list[EncodedExample]:
    """Each example as ids, its text changed at random by `change`; a share `answered` learns its whole answer."""
    texts = [change(example.row.text, draw) if change else example.row.text for example in examples]
    return [_encoded(example, text, prompt, draw, answered) for example, text in zip(examples, texts, strict=True)]


def _encoded(
    example: TrainingExample, text: str, prompt: Prompt, draw: random.Random, answered: float
) -> EncodedExample:
    message = prompt.encode_message(text[: LONGEST * 8])[:LONGEST]
    ids = [*message, *prompt.suffix]
    encoded = EncodedExample(ids, len(ids) - 1, example.target, example.weight, hint=example.hint)
    encoded.message = [(at, message[at + 1]) for at in range(len(message) - 1) if draw.random() < READ_ON]
    if example.row.flag and example.row.category in CATEGORIES:
        encoded.category = CATEGORIES.index(example.row.category)
        _name(encoded, prompt)
    if not example.row.weak and example.row.category is not None and draw.random() < answered:
        _write_answer(encoded, example.row, prompt, draw)
    return encoded


def _name(encoded: EncodedExample, prompt: Prompt) -> None:
    """Append the answer up to where the category is known, and note each place where its name parts from others."""
    start = len(encoded.ids) - 1 + len(prompt.answers.to_category)
    path: tuple[int, ...] = ()
    for number, branch in enumerate(prompt.answers.branches):
        column = next((at for at, group in enumerate(branch.leads_to) if encoded.category in group), None)
        if column is not None:
            encoded.named.append((start + len(branch.path), number, column))
            path = max(path, branch.path, key=len)
    encoded.ids.extend([*prompt.answers.to_category, *path])


def _write_answer(encoded: EncodedExample, row: Row, prompt: Prompt, draw: random.Random) -> None:
    """Append the whole answer; its every token is learnt, save a confidence that nobody gave."""
    category = row.category or BENIGN
    before = f" {'true' if row.flag else 'false'}, " + f'"category": "{category}", "confidence": '
    score = 0.9 if row.score is None else min(max(row.score, 1 - row.score), 0.99)
    after = f', "reason": {json.dumps(draw.choice(REASONS[category]))}}}'
    number = prompt.encode_answer(f"{before}{score:.2f}")[len(prompt.encode_answer(before.rstrip())) :]
    whole = [*prompt.encode_answer(f"{before}{score:.2f}{after}"), int(str(prompt.tokenizer.eos_token_id))]
    start = encoded.flag_at + 1
    hidden_from = len(prompt.encode_answer(before.rstrip()))
    skipped = range(hidden_from, hidden_from + len(number)) if row.score is None else range(0)
    encoded.ids = [*encoded.ids[:start], *whole]
    encoded.answer = [(start + at - 1, token) for at, token in enumerate(whole) if at not in skipped]
    encoded.answer += [(at - 1, encoded.ids[at]) for at in range(start - 3, start)]


def collate(examples: Sequence[EncodedExample]) -> Batch:
    """Stack examples into one batch, padded on the right: by any id, for no real token sees a later one."""
    ids = torch.zeros(len(examples), max(len(encoded.ids) for encoded in examples), dtype=torch.long)
    for row, encoded in enumerate(examples):
        ids[row, : len(encoded.ids)] = torch.tensor(encoded.ids)
    named = [(row, *place, encoded.category) for row, encoded in enumerate(examples) for place in encoded.named]
    answer = [(row, at, token) for row, encoded in enumerate(examples) for at, token in encoded.answer]
    message = [(row, at, token) for row, encoded in enumerate(examples) for at, token in encoded.message]
    return Batch(
        ids=ids,
        flag_at=torch.tensor([encoded.flag_at for encoded in examples]),
        target=torch.tensor([encoded.target for encoded in examples]),
        weight=torch.tensor([encoded.weight for encoded in examples]),
        named_at=torch.tensor([row[:2] for row in named], dtype=torch.long).reshape(-1, 2),
        named=torch.tensor([row[2:] for row in named], dtype=torch.long).reshape(-1, 3),
        answer_at=torch.tensor([(row, at) for row, at, _ in answer], dtype=torch.long).reshape(-1, 2),
        answer=torch.tensor([token for _, _, token in answer], dtype=torch.long),
        message_at=torch.tensor([(row, at) for row, at, _ in message], dtype=torch.long).reshape(-1, 2),
        message=torch.tensor([token for _, _, token in message], dtype=torch.long),
        hint=_hints(examples),
    )


def _hints(examples: Sequence[EncodedExample]) -> Tensor:
    known = [encoded.hint for encoded in examples if encoded.hint is not None]
    return torch.from_numpy(np.stack(known)).float() if known else torch.zeros(len(examples), 0)


def micro_batches(examples: list[EncodedExample], rows: int, draw: random.Random) -> list[list[EncodedExample]]:
    """Examples of about equal length together, the groups in random order."""
    draw.shuffle(examples)
    order = sorted(examples, key=lambda encoded: len(encoded.ids))
    groups = [order[start : start + rows] for start in range(0, len(order), rows)]
    draw.shuffle(groups)
    return groups
