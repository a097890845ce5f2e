"""From labelled rows to rows of ids with what is to be learnt at which position."""

import json
import random
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from inference.categories import BENIGN, CATEGORIES
from inference.scoring.prompt import Prompt
from inference.training.data import Row
from inference.training.disguise import disguise
from inference.training.reasons import REASONS

LONGEST = 224  # ids of a message in training
ANSWERED = 0.05  # share of rows that learn a whole answer
READ_ON = 0.08  # share of a message's positions that learn the next token


@dataclass(frozen=True)
class Lesson:
    """A row with its soft target, how much it counts, and what an encoder thinks of its text, if one was asked."""

    row: Row
    target: float
    weight: float
    hint: NDArray[np.float16] | None = None


@dataclass
class Example:
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
    """Right-padded ids (rows, length) and index pairs into it; see Example."""

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


def build(
    lessons: Sequence[Lesson],
    prompt: Prompt,
    draw: random.Random,
    *,
    plain: bool = False,
    groups: float = 0.0,
    answered: float = ANSWERED,
) -> list[Example]:
    """An example for each lesson, its text disguised at random unless `plain`; a share learns its whole answer.

    In a share `groups` of the texts that are disguised, other groups stand for those that are mentioned.
    """
    texts = [lesson.row.text if plain else disguise(lesson.row.text, draw, groups=groups) for lesson in lessons]
    return [_example(lesson, text, prompt, draw, answered) for lesson, text in zip(lessons, texts, strict=True)]


def _example(lesson: Lesson, text: str, prompt: Prompt, draw: random.Random, answered: float) -> Example:
    message = prompt.encode_message(text[: LONGEST * 8])[:LONGEST]
    ids = [*message, *prompt.suffix]
    example = Example(ids, len(ids) - 1, lesson.target, lesson.weight, hint=lesson.hint)
    example.message = [(at, message[at + 1]) for at in range(len(message) - 1) if draw.random() < READ_ON]
    if lesson.row.flag and lesson.row.category in CATEGORIES:
        example.category = CATEGORIES.index(lesson.row.category)
        _name(example, prompt)
    if not lesson.row.weak and lesson.row.category is not None and draw.random() < answered:
        _write_answer(example, lesson.row, prompt, draw)
    return example


def _name(example: Example, prompt: Prompt) -> None:
    """Append the answer up to where the category is known, and note each place where its name parts from others."""
    start = len(example.ids) - 1 + len(prompt.answers.to_category)
    path: tuple[int, ...] = ()
    for number, branch in enumerate(prompt.answers.branches):
        column = next((at for at, group in enumerate(branch.leads_to) if example.category in group), None)
        if column is not None:
            example.named.append((start + len(branch.path), number, column))
            path = max(path, branch.path, key=len)
    example.ids.extend([*prompt.answers.to_category, *path])


def _write_answer(example: Example, row: Row, prompt: Prompt, draw: random.Random) -> None:
    """Append the whole answer; its every token is learnt, save a confidence that nobody gave."""
    category = row.category or BENIGN
    before = f" {'true' if row.flag else 'false'}, " + f'"category": "{category}", "confidence": '
    score = 0.9 if row.score is None else min(max(row.score, 1 - row.score), 0.99)
    after = f', "reason": {json.dumps(draw.choice(REASONS[category]))}}}'
    number = prompt.encode_answer(f"{before}{score:.2f}")[len(prompt.encode_answer(before.rstrip())) :]
    whole = [*prompt.encode_answer(f"{before}{score:.2f}{after}"), int(str(prompt.tokenizer.eos_token_id))]
    start = example.flag_at + 1
    hidden_from = len(prompt.encode_answer(before.rstrip()))
    skipped = range(hidden_from, hidden_from + len(number)) if row.score is None else range(0)
    example.ids = [*example.ids[:start], *whole]
    example.answer = [(start + at - 1, token) for at, token in enumerate(whole) if at not in skipped]
    example.answer += [(at - 1, example.ids[at]) for at in range(start - 3, start)]


def collate(examples: Sequence[Example]) -> Batch:
    """Stack examples into one batch, padded on the right: by any id, for no real token sees a later one."""
    ids = torch.zeros(len(examples), max(len(example.ids) for example in examples), dtype=torch.long)
    for row, example in enumerate(examples):
        ids[row, : len(example.ids)] = torch.tensor(example.ids)
    named = [(row, *place, example.category) for row, example in enumerate(examples) for place in example.named]
    answer = [(row, at, token) for row, example in enumerate(examples) for at, token in example.answer]
    message = [(row, at, token) for row, example in enumerate(examples) for at, token in example.message]
    return Batch(
        ids=ids,
        flag_at=torch.tensor([example.flag_at for example in examples]),
        target=torch.tensor([example.target for example in examples]),
        weight=torch.tensor([example.weight for example in examples]),
        named_at=torch.tensor([row[:2] for row in named], dtype=torch.long).reshape(-1, 2),
        named=torch.tensor([row[2:] for row in named], dtype=torch.long).reshape(-1, 3),
        answer_at=torch.tensor([(row, at) for row, at, _ in answer], dtype=torch.long).reshape(-1, 2),
        answer=torch.tensor([token for _, _, token in answer], dtype=torch.long),
        message_at=torch.tensor([(row, at) for row, at, _ in message], dtype=torch.long).reshape(-1, 2),
        message=torch.tensor([token for _, _, token in message], dtype=torch.long),
        hint=_hints(examples),
    )


def _hints(examples: Sequence[Example]) -> Tensor:
    known = [example.hint for example in examples if example.hint is not None]
    return torch.from_numpy(np.stack(known)).float() if known else torch.zeros(len(examples), 0)


def micro_batches(examples: list[Example], rows: int, draw: random.Random) -> list[list[Example]]:
    """Examples of about equal length together, the groups in random order."""
    draw.shuffle(examples)
    order = sorted(examples, key=lambda example: len(example.ids))
    groups = [order[start : start + rows] for start in range(0, len(order), rows)]
    draw.shuffle(groups)
    return groups
