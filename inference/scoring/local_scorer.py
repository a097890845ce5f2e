"""The scorer in this process: texts to margins and category log-probabilities, one pass for a batch and no decoding."""

import logging
from collections.abc import Sequence
from functools import cached_property
from typing import Any, Protocol

import torch
from torch import Tensor

from inference.scoring.answer_tree import answer_tree
from inference.scoring.batches import Piece, batches
from inference.scoring.devices import cores
from inference.scoring.explanation import Explanation, parse_explanation
from inference.scoring.generation import generate
from inference.scoring.output_head import Head, context_of
from inference.scoring.packed_decoder import PackedDecoder, is_llama_like
from inference.scoring.packed_row import PackedRow, packed
from inference.scoring.padded_decoder import PaddedDecoder
from inference.scoring.prompt import Prompt
from inference.scoring.shared_prefix import SharedPrefix
from inference.scoring.text_score import Between, TextScore
from inference.scoring.text_vectors import PLAIN, TextVectors
from inference.scoring.windowed_scorer import WARM_UP, WindowedScorer
from inference.scoring.windows import checked_room

log = logging.getLogger(__name__)

NEW_TOKENS = 96
BATCH_TOKENS = {"cpu": 4_096, "cuda": 16_384}
LEAST_BUDGET = 256
SLICE_PASSES = 4
EXPLAINED_AT_ONCE = 32
TOLERANCE = {torch.float32: 1e-3, torch.float16: 0.2, torch.bfloat16: 1.0}
"""How far the packed and the plain pass may be apart in a margin before something must be wrong."""


class Decoder(Protocol):
    """What a pass needs of a model behind one prefix."""

    def behind(self, shared: SharedPrefix) -> "Decoder":
        """The same model behind another prefix."""
        ...

    def hidden(self, row: PackedRow) -> Tensor:
        """The last hidden states where answers are read: (M, R, width)."""
        ...


class LocalScorer(WindowedScorer):
    """A causal language model in this process, loaded once. Safe for one thread at a time."""

    def __init__(
        self,
        model: Any,
        prompt: Prompt,
        *,
        name: str,
        model_hash: str,
        rubric: str,
        beside: "LocalScorer | None" = None,
    ) -> None:
        """Compute the rubric's keys and values; `model` is in evaluation mode, on its device.

        `beside` is a scorer of the same model under another prompt: its prepared weights serve both.
        """
        super().__init__(prompt, name=name, model_hash=model_hash, rubric=rubric)
        self._table = model.get_output_embeddings().weight
        self.device, self.dtype = self._table.device, self._table.dtype
        self._tree = answer_tree(prompt.suffix, prompt.answers)
        self.room = checked_room(self._room(context_of(model.config)))  # before a prefix is computed in vain
        with torch.inference_mode():
            self._shared = SharedPrefix(model.get_decoder(), prompt.prefix)
            fresh = PackedDecoder if is_llama_like(model) else PaddedDecoder
            self._decoder: Decoder = beside._decoder.behind(self._shared) if beside else fresh(self._shared)
        branches = [branch.tokens for branch in prompt.answers.branches]
        self._rows = [self._table[list(ids)].float() for ids in (prompt.answers.ids, *branches)]
        self._head = Head.of(model.config)
        plain = [prompt.encode_message(line) for line in PLAIN.split("\n") if line]
        self._vectors = TextVectors(model.get_input_embeddings().weight.detach(), plain)
        self.budget = BATCH_TOKENS.get(self.device.type, BATCH_TOKENS["cuda"])

    @torch.inference_mode()
    def explain(
        self, texts: Sequence[str], scores: Sequence[TextScore], between: Between | None = None
    ) -> list[Explanation]:
        """What the model writes on from the flag and category of each score: greedy, at most NEW_TOKENS tokens.

        In another format than moddog's own a model says no more than its verdict, so nothing is written.
        """
        if not self.prompt.format.is_own:
            return [parse_explanation("")] * len(texts)
        rows = [self._answer_start(text, score) for text, score in zip(texts, scores, strict=True)]
        found: list[Explanation] = [parse_explanation("")] * len(rows)
        order = sorted(range(len(rows)), key=lambda number: len(rows[number][0]))
        end = {int(self.prompt.tokenizer.eos_token_id or -1), *self.prompt.added}
        for start in range(0, len(order), EXPLAINED_AT_ONCE):
            numbers = order[start : start + EXPLAINED_AT_ONCE]
            begun = [rows[number][0] for number in numbers]
            written = generate(self._shared, self._table, begun, end, NEW_TOKENS, between=between)
            for number, ids in zip(numbers, written, strict=True):
                text = str(self.prompt.tokenizer.decode(ids, skip_special_tokens=True))
                found[number] = parse_explanation(rows[number][1] + text)
        return found

    def check(self) -> None:
        """Judge a few texts in both passes; a packed one that does not say what the plain one says is not used."""
        if not isinstance(self._decoder, PaddedDecoder) and (apart := self._apart()) > TOLERANCE[self.dtype]:
            log.error("the packed pass is off by %.3g on %s: going on with the padded one", apart, self.device)
            self._decoder = PaddedDecoder(self._shared)

    @torch.inference_mode()
    def _apart(self) -> float:
        """How far the packed and the padded pass are apart in their margins, on a few texts."""
        texts = [WARM_UP * (1 + number % 3) + str(number) for number in range(8)]
        rows = [Piece(number, 0, self.prompt.encode_message(text)) for number, text in enumerate(texts)]
        plain, ours = PaddedDecoder(self._shared), self._decoder
        found = [[score.margin for score in self._judge(rows, decoder)] for decoder in (ours, plain)]
        return float(max(abs(one - other) for one, other in zip(*found, strict=True)))

    def leave_a_core(self, to_others: bool) -> None:
        """Threads of a pass wait for each other without sleeping: where they outnumber free cores, all stand still."""
        if self.device.type == "cpu":
            torch.set_num_threads(max(1, cores() - to_others))

    @property
    def windows_in_slice(self) -> int:
        """As many as fit into SLICE_PASSES passes."""
        return max(1, SLICE_PASSES * self.budget // (self.room + len(self._tree.ids)))

    @torch.inference_mode()
    def _judged(self, rows: Sequence[Piece]) -> list[TextScore]:
        """A score for each window."""
        found: dict[int, TextScore] = {}
        for form in (False, True):  # each has a prefix of its own, so a pass holds one of them
            of_form = [number for number, row in enumerate(rows) if row.in_context == form]
            for batch in batches([len(rows[number].ids) + len(self._tree.ids) for number in of_form], self.budget):
                numbers = [of_form[place] for place in batch]
                found.update(zip(numbers, self._patiently([rows[number] for number in numbers]), strict=True))
        return [found[number] for number in range(len(rows))]

    @cached_property
    def _context_decoder(self) -> Decoder:
        return self._decoder.behind(SharedPrefix(self._shared.decoder, self.prompt.context_prefix))

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

    def _judge(self, rows: Sequence[Piece], decoder: Decoder | None = None) -> list[TextScore]:
        """One pass over rows of one form. Only the head's rows for the answers are multiplied, only where read."""
        form = rows[0].in_context
        row = packed(
            [each.ids for each in rows],
            self._tree,
            len(self.prompt.prefix_of(in_context=form)),
            device=self.device,
            dtype=self.dtype,
        )
        decoder = decoder or (self._context_decoder if form else self._decoder)
        states = decoder.hidden(row).float()
        logits = [self._head(states[:, read] @ table.T) for read, table in enumerate(self._rows)]
        margins, thirds = self._margins(logits[0]).tolist(), self._thirds(logits[0])
        chances = [self._to_own(each) for each in self._categories(logits[1:], len(rows)).tolist()]
        vectors = self._vectors.of(states[:, 0], [each.ids[each.before :] for each in rows])
        return [
            TextScore(margin, chance, len(each.ids), 1, each.window, third=third, vector=vector)
            for each, margin, third, chance, vector in zip(rows, margins, thirds, chances, vectors, strict=True)
        ]

    def _margins(self, logits: Tensor) -> Tensor:
        """Margins of rows from their logits at the spellings of both sides, the positive ones first."""
        positive = len(self.prompt.answers.positive)
        if logits.shape[1] == 2:
            return logits[:, 0] - logits[:, 1]
        return logits[:, :positive].logsumexp(-1) - logits[:, positive:].logsumexp(-1)

    def _thirds(self, logits: Tensor) -> list[bool | None]:
        """For rows of such logits, whether the third answer is likelier than either of the others."""
        answers = self.prompt.answers
        if not answers.third:
            return [None] * len(logits)
        sides = [set(side) - set(answers.third) for side in (answers.positive, answers.negative)]
        first, second, third = (
            logits[:, [one in side for one in answers.ids]].logsumexp(-1) for side in (*sides, set(answers.third))
        )
        return [bool(each) for each in third > first.maximum(second)]

    def _categories(self, logits: Sequence[Tensor], rows: int) -> Tensor:
        """Log-probabilities (rows, names): at each branch, that of the token that leads on to the model's names."""
        chances = torch.zeros(rows, len(self.prompt.format.categories.names))
        for branch, found in zip(self.prompt.answers.branches, logits, strict=True):
            log_probs = found.log_softmax(-1).cpu()
            for column, group in enumerate(branch.leads_to):
                chances[:, list(group)] += log_probs[:, [column]]
        return chances

    def _room(self, context: int) -> int:
        """How many ids of a message fit between the prompt's other parts and a whole answer."""
        return min(self.most_room, context - len(self.prompt.prefix) - max(self._tree.depths) - 1 - NEW_TOKENS)


def is_out_of_memory(error: BaseException) -> bool:
    """Whether a device, or this machine, had no room for a pass."""
    return isinstance(error, (torch.OutOfMemoryError, MemoryError)) or "can't allocate memory" in str(error)
