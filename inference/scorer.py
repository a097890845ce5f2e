"""The scorer: texts to margins and category log-probabilities, one forward pass for a batch and no decoding.

Import this where a model may be loaded (workers, commands), never in the web process: it imports torch.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import torch
from torch import Tensor
from transformers import AutoModelForCausalLM, AutoTokenizer
from transformers.utils.logging import disable_progress_bar

from inference.beside import SHIPPED
from inference.categories import CATEGORIES
from inference.explanation import Explanation, parse_explanation
from inference.fingerprint import fingerprint
from inference.generation import generate
from inference.packing import Piece, batches, pieces
from inference.prompt import ANSWER_START, Branch, Prompt, UnusableTokenizer
from inference.rubric import DEFAULT_RUBRIC
from inference.shared_prefix import SharedPrefix

__all__ = ["Explanation", "LocalScorer", "Scorer", "TextScore", "UnusableTokenizer", "load_scorer"]

NANO = SHIPPED
NEW_TOKENS = 96
BATCH_TOKENS = {"cpu": 4_096, "cuda": 16_384}
EXPLAINED_AT_ONCE = 32


@dataclass(frozen=True)
class TextScore:
    """What the model says of a text: `margin` is log P(true) - log P(false) at the flag.

    `category_log_probs` are normalised over the five, in the order of CATEGORIES. A text longer than the model's
    context is scored in `windows` windows, and everything is that of `worst_window`, the one of the highest margin.
    """

    margin: float
    category_log_probs: tuple[float, ...]
    tokens: int
    windows: int
    worst_window: int


class Scorer(Protocol):
    """Anything that turns texts into scores; `model_hash` names the exact weights and tokenizer."""

    name: str
    model_hash: str
    rubric: str

    def score(self, texts: Sequence[str]) -> list[TextScore]:
        """A score for each text, in order."""
        ...

    def explain(self, texts: Sequence[str], scores: Sequence[TextScore]) -> list[Explanation]:
        """What the model writes after the flag and category that the scores name, in order."""
        ...


class LocalScorer:
    """A causal language model in this process, loaded once. Safe for one thread at a time."""

    def __init__(self, model: Any, prompt: Prompt, *, name: str, model_hash: str, rubric: str) -> None:
        """Compute the rubric's keys and values; `model` is in evaluation mode, on its device."""
        self.name, self.model_hash, self.rubric, self.prompt = name, model_hash, rubric, prompt
        self.device = next(model.parameters()).device
        self._decoder, self._table = model.get_decoder(), model.get_output_embeddings().weight
        with torch.inference_mode():
            self._shared = SharedPrefix(self._decoder, prompt.prefix)
        self._answer_rows = self._rows((prompt.answers.true, prompt.answers.false))
        self._branch_rows = [self._rows(branch.tokens) for branch in prompt.answers.branches]
        self.room = self._room(int(model.config.max_position_embeddings))
        self._budget = BATCH_TOKENS.get(self.device.type, BATCH_TOKENS["cuda"])

    @torch.inference_mode()
    def score(self, texts: Sequence[str]) -> list[TextScore]:
        """A score for each text, in order. Batches hold about equally long rows within a token budget."""
        messages = [self.prompt.encode_message(text) for text in texts]
        rows = pieces(messages, lambda ids: self.prompt.windows(ids, self.room))
        margins = torch.zeros(len(rows))
        chances = torch.zeros(len(rows), len(CATEGORIES))
        extra = len(self.prompt.suffix) + len(self.prompt.answers.to_category)
        for numbers in batches([len(row.ids) + extra for row in rows], self._budget):
            margins[numbers], chances[numbers] = self._judge([rows[number] for number in numbers])
        return self._worst(messages, rows, margins, chances)

    @torch.inference_mode()
    def explain(self, texts: Sequence[str], scores: Sequence[TextScore]) -> list[Explanation]:
        """What the model writes on from the flag and category of each score: greedy, at most NEW_TOKENS tokens."""
        rows = [self._answer_start(text, score) for text, score in zip(texts, scores, strict=True)]
        found: list[Explanation] = [parse_explanation("")] * len(rows)
        order = sorted(range(len(rows)), key=lambda number: len(rows[number][0]))
        end = {int(self.prompt.tokenizer.eos_token_id or -1), *self.prompt.added}
        for start in range(0, len(order), EXPLAINED_AT_ONCE):
            numbers = order[start : start + EXPLAINED_AT_ONCE]
            written = generate(self._shared, self._table, [rows[number][0] for number in numbers], end, NEW_TOKENS)
            for number, ids in zip(numbers, written, strict=True):
                text = str(self.prompt.tokenizer.decode(ids, skip_special_tokens=True))
                found[number] = parse_explanation(rows[number][1] + text)
        return found

    def _judge(self, rows: Sequence[Piece]) -> tuple[Tensor, Tensor]:
        """Margins (rows,) and log-probabilities of the categories (rows, 5) of one batch."""
        chances = torch.zeros(len(rows), len(CATEGORIES))
        margins = torch.zeros(len(rows))
        for number, (branch, table) in enumerate(zip(self.prompt.answers.branches, self._branch_rows, strict=True)):
            after = (*self.prompt.answers.to_category, *branch.path)
            ids, flag_at = self._stack([row.ids for row in rows], after)
            hidden = self._shared.hidden(ids)
            lines = torch.arange(len(rows), device=self.device)
            if number == 0:
                answers = hidden[lines, flag_at].float() @ self._answer_rows.T
                margins = (answers[:, 0] - answers[:, 1]).cpu()
            logits = hidden[lines, flag_at + len(after)].float() @ table.T
            _add(chances, branch, logits.log_softmax(-1).cpu())
        return margins, chances

    def _stack(self, messages: Sequence[Sequence[int]], after: tuple[int, ...]) -> tuple[Tensor, Tensor]:
        """Right-padded rows of message, suffix and `after`, and where in each the flag is read."""
        tail = (*self.prompt.suffix, *after)
        longest = max(len(message) for message in messages) + len(tail)
        ids = torch.zeros((len(messages), longest), dtype=torch.long)
        for row, message in enumerate(messages):
            whole = [*message, *tail]
            ids[row, : len(whole)] = torch.tensor(whole)
        flag_at = torch.tensor([len(message) + len(self.prompt.suffix) - 1 for message in messages])
        return ids.to(self.device), flag_at.to(self.device)

    def _worst(
        self, messages: Sequence[Sequence[int]], rows: Sequence[Piece], margins: Tensor, chances: Tensor
    ) -> list[TextScore]:
        """One score a message: that of its window with the highest margin, the first of equals."""
        numbers: list[list[int]] = [[] for _ in messages]
        for number, row in enumerate(rows):
            numbers[row.message].append(number)
        found = []
        for message, mine in zip(messages, numbers, strict=True):
            worst = max(range(len(mine)), key=lambda window: (float(margins[mine[window]]), -window))
            log_probs = tuple(float(value) for value in chances[mine[worst]])
            found.append(TextScore(float(margins[mine[worst]]), log_probs, len(message), len(mine), worst))
        return found

    def _answer_start(self, text: str, score: TextScore) -> tuple[list[int], str]:
        """Ids of a message with the answer begun as its score says, and the text of that beginning."""
        window = self.prompt.windows(self.prompt.encode_message(text), self.room)[score.worst_window]
        best = max(range(len(CATEGORIES)), key=lambda index: score.category_log_probs[index])
        begun = self.prompt.begun(CATEGORIES[best] if score.margin > 0 else None)
        return [*window, *self.prompt.suffix, *self.prompt.encode_answer(begun)], ANSWER_START + begun

    def _rows(self, tokens: Sequence[int]) -> Tensor:
        """The rows of the language-model head that are ever needed, in float32."""
        rows: Tensor = self._table[list(tokens)].float()
        return rows

    def _room(self, context: int) -> int:
        """How many ids of a message fit between the prompt's other parts and a whole answer."""
        begun = max(len(branch.path) for branch in self.prompt.answers.branches) + len(self.prompt.answers.to_category)
        return context - len(self.prompt.prefix) - len(self.prompt.suffix) - begun - NEW_TOKENS


def _add(chances: Tensor, branch: Branch, log_probs: Tensor) -> None:
    """Add a branch's log-probabilities to those of every category that it leads to."""
    for column, group in enumerate(branch.leads_to):
        for category in group:
            chances[:, category] += log_probs[:, column]


def load_scorer(
    model: str | None = None, *, rubric: str = DEFAULT_RUBRIC, device: str | None = None, dtype: str | None = None
) -> LocalScorer:
    """Load a folder or a hub id; the shipped nano where none is named. float32 on a CPU, bfloat16 elsewhere.

    Raises UnusableTokenizer where margins cannot be read with the model's tokenizer, OSError where there is no
    such model, ValueError for a dtype that torch does not know.
    """
    place = str(NANO if model is None else model)
    device = device or ("cuda" if torch.cuda.is_available() else "cpu")
    dtype = dtype or ("float32" if device == "cpu" else "bfloat16")
    precision = getattr(torch, dtype, None)
    if not isinstance(precision, torch.dtype):
        raise ValueError(f"unknown dtype {dtype!r}")
    disable_progress_bar()  # type: ignore[no-untyped-call]
    tokenizer = AutoTokenizer.from_pretrained(place)
    prompt = Prompt(tokenizer, rubric)
    if device == "cpu":
        torch.set_num_threads(len(os.sched_getaffinity(0)))
    weights: Any = AutoModelForCausalLM.from_pretrained(place, dtype=precision)
    weights = weights.to(torch.device(device)).eval()
    name = "nano" if model is None else Path(place).name if Path(place).exists() else place
    return LocalScorer(weights, prompt, name=name, model_hash=fingerprint(place), rubric=rubric)
