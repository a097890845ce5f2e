"""The scorer: texts to margins and category log-probabilities, one forward pass for a batch and no decoding.

Import this where a model may be loaded (workers, commands), never in the web process: it imports torch.
"""

import logging
import os
from collections.abc import Sequence
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
from inference.packed_decoder import PackedDecoder, is_llama_like
from inference.packed_row import PackedRow, packed
from inference.packing import Piece, batches, pieces
from inference.padded_decoder import PaddedDecoder
from inference.prompt import ANSWER_START, Prompt, UnusableTokenizer
from inference.rubric import DEFAULT_RUBRIC
from inference.shared_prefix import SharedPrefix
from inference.tail import tail_of
from inference.text_score import Begun, Scorer, TextScore, worst_of

__all__ = ["Explanation", "LocalScorer", "Scorer", "TextScore", "UnusableTokenizer", "load_scorer"]

log = logging.getLogger(__name__)

NANO = SHIPPED
NEW_TOKENS = 96
MOST_ROOM = 2_048
"""Longer messages are read in windows even where the context is larger: one window is a bounded piece of work."""
BATCH_TOKENS = {"cpu": 4_096, "cuda": 16_384}
LEAST_BUDGET = 256
SLICE_PASSES = 4
EXPLAINED_AT_ONCE = 32
WARM_UP = "the quick brown fox jumps over the lazy dog "


class Decoder(Protocol):
    """What a pass needs of a model behind one prefix."""

    def hidden(self, row: PackedRow) -> Tensor:
        """The last hidden states where answers are read: (M, R, width)."""
        ...


class LocalScorer:
    """A causal language model in this process, loaded once. Safe for one thread at a time."""

    def __init__(self, model: Any, prompt: Prompt, *, name: str, model_hash: str, rubric: str) -> None:
        """Compute the rubric's keys and values; `model` is in evaluation mode, on its device."""
        self.name, self.model_hash, self.rubric, self.prompt = name, model_hash, rubric, prompt
        self._table = model.get_output_embeddings().weight
        self.device, self.dtype = self._table.device, self._table.dtype
        with torch.inference_mode():
            self._shared = SharedPrefix(model.get_decoder(), prompt.prefix)
            self._decoder: Decoder = (PackedDecoder if is_llama_like(model) else PaddedDecoder)(self._shared)
        self._tail = tail_of(prompt.suffix, prompt.answers)
        branches = [branch.tokens for branch in prompt.answers.branches]
        self._rows = [
            self._table[list(ids)].float() for ids in ((prompt.answers.true, prompt.answers.false), *branches)
        ]
        self.room = self._room(int(model.config.max_position_embeddings))
        self.budget = BATCH_TOKENS.get(self.device.type, BATCH_TOKENS["cuda"])

    @torch.inference_mode()
    def score(self, texts: Sequence[str]) -> list[TextScore]:
        """A score for each text, in order. The same ids are scored once, however many texts come to them."""
        messages = [tuple(self.prompt.encode_message(text)) for text in texts]
        different = list(dict.fromkeys(messages))
        parts: dict[tuple[int, ...], list[TextScore]] = {ids: [] for ids in different}
        rows = pieces(different, self._windows)
        for row, part in zip(rows, self._judged(rows), strict=True):
            parts[different[row.message]].append(part)
        found = {ids: worst_of(each, len(each), tokens=len(ids)) for ids, each in parts.items()}
        return [found[ids] for ids in messages]

    @torch.inference_mode()
    def read_on(self, text: str, begun: Begun | None) -> Begun:
        """Score the next windows of a text, up to SLICE_PASSES passes."""
        ids = self.prompt.encode_message(text)
        windows = self._windows(ids)
        first = begun.read if begun else 0
        count = max(1, SLICE_PASSES * self.budget // (self.room + len(self._tail.ids)))
        rows = [Piece(0, number, window) for number, window in enumerate(windows)][first : first + count]
        parts = [*([begun.score] if begun else []), *self._judged(rows)]
        return Begun(worst_of(parts, len(windows), tokens=len(ids)), first + len(rows))

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

    def warm_up(self) -> None:
        """One full pass, so that the first message does not pay for what is set up lazily."""
        self.score([WARM_UP * (1 + number % 4) + str(number) for number in range(64)])

    def _judged(self, rows: Sequence[Piece]) -> list[TextScore]:
        """A score for each window."""
        found: dict[int, TextScore] = {}
        for numbers in batches([len(row.ids) + len(self._tail.ids) for row in rows], self.budget):
            parts = self._patiently([rows[number] for number in numbers])
            found.update(zip(numbers, parts, strict=True))
        return [found[number] for number in range(len(rows))]

    def _patiently(self, rows: Sequence[Piece]) -> list[TextScore]:
        """Judge a batch; where memory runs out, halve the budget for good and go on with half of the batch."""
        try:
            return self._judge(rows)
        except (RuntimeError, MemoryError) as error:
            if not is_out_of_memory(error) or len(rows) == 1:
                raise
            self.budget = max(LEAST_BUDGET, self.budget // 2)
            log.warning("out of memory: batches hold %d tokens from now on", self.budget)
        if self.device.type == "cuda":
            torch.cuda.empty_cache()
        middle = len(rows) // 2
        return [*self._patiently(rows[:middle]), *self._patiently(rows[middle:])]

    def _judge(self, rows: Sequence[Piece]) -> list[TextScore]:
        """One pass. Only the head's rows for the answers are multiplied, only where answers are read."""
        row = packed(
            [each.ids for each in rows],
            self._tail,
            len(self.prompt.prefix),
            device=self.device,
            dtype=self.dtype,
        )
        states = self._decoder.hidden(row).float()
        logits = [states[:, read] @ table.T for read, table in enumerate(self._rows)]
        margins = (logits[0][:, 0] - logits[0][:, 1]).tolist()
        chances = self._categories(logits[1:]).tolist()
        return [
            TextScore(margin, tuple(chance), len(each.ids), 1, each.window)
            for each, margin, chance in zip(rows, margins, chances, strict=True)
        ]

    def _categories(self, logits: Sequence[Tensor]) -> Tensor:
        """Log-probabilities of the categories (rows, 5): at each branch, that of the token that leads on to them."""
        chances = torch.zeros(len(logits[0]), len(CATEGORIES))
        for branch, found in zip(self.prompt.answers.branches, logits, strict=True):
            log_probs = found.log_softmax(-1).cpu()
            for column, group in enumerate(branch.leads_to):
                chances[:, list(group)] += log_probs[:, [column]]
        return chances

    def _answer_start(self, text: str, score: TextScore) -> tuple[list[int], str]:
        """Ids of a message with the answer begun as its score says, and the text of that beginning."""
        window = self._windows(self.prompt.encode_message(text))[score.worst_window]
        best = max(range(len(CATEGORIES)), key=lambda index: score.category_log_probs[index])
        begun = self.prompt.begun(CATEGORIES[best] if score.margin > 0 else None)
        return [*window, *self.prompt.suffix, *self.prompt.encode_answer(begun)], ANSWER_START + begun

    def _windows(self, ids: Sequence[int]) -> list[list[int]]:
        return self.prompt.windows(ids, self.room)

    def _room(self, context: int) -> int:
        """How many ids of a message fit between the prompt's other parts and a whole answer."""
        return min(MOST_ROOM, context - len(self.prompt.prefix) - max(self._tail.depths) - 1 - NEW_TOKENS)


def is_out_of_memory(error: BaseException) -> bool:
    """Whether a device, or this machine, had no room for a pass."""
    return isinstance(error, (torch.OutOfMemoryError, MemoryError)) or "can't allocate memory" in str(error)


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
