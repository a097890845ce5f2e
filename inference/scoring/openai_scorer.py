"""The Scorer protocol over a server that speaks OpenAI's completions API, such as vLLM.

The margin is read from the log-probabilities at the forced start of the answer, as a local model's is. A server that
lists only its likeliest tokens may leave one of the two answers out. Its log-probability is then at most that of the
least likely token listed, so the margin is known as a bound, and marked as one.
"""

import hashlib
import math
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, wait

from transformers import AutoConfig

from inference.scoring.batches import Piece
from inference.scoring.completions import Completion, Completions, ServerFailed
from inference.scoring.explanation import Explanation, parse_explanation
from inference.scoring.formats_of_models import format_of, prompts_of
from inference.scoring.load_tokenizer import load_tokenizer
from inference.scoring.output_head import context_of
from inference.scoring.prompt import Branch, Prompt
from inference.scoring.rubric import DEFAULT_RUBRIC
from inference.scoring.rule_scorer import RuleScorer
from inference.scoring.text_score import Between, TextScore
from inference.scoring.windowed_scorer import WindowedScorer
from inference.scoring.windows import checked_room
from inference.shipped_model import NANO

NEW_TOKENS = 96
SLICE = 32  # windows
EVERY = 0.05  # seconds from one look at who waits to the next, while a server writes


class OpenAiScorer(WindowedScorer):
    """A model behind a server."""

    windows_in_slice = SLICE

    def __init__(self, server: Completions, prompt: Prompt, *, model_hash: str, rubric: str, context: int) -> None:
        """`context` is how many tokens the model takes in all."""
        super().__init__(prompt, name=f"{server.model} (server)", model_hash=model_hash, rubric=rubric)
        self._server = server
        answers = prompt.answers
        self.served = hashlib.sha256(server.root.encode()).hexdigest()[:10]
        """Of what the server says that it serves under the model's name: another model there is another version."""
        longest = len(answers.to_category) + max((len(branch.path) for branch in answers.branches), default=0)
        room = context - len(prompt.prefix) - len(prompt.suffix) - longest - NEW_TOKENS
        self.room = checked_room(min(self.most_room, room))
        self._words = {
            token: (f"token_id:{token}", str(prompt.tokenizer.decode([token])))
            for token in (*answers.ids, *(each for branch in answers.branches for each in branch.tokens))
        }

    def close(self) -> None:
        """End its connections."""
        self._server.close()

    def leave_a_core(self, to_others: bool) -> None:
        """It takes none."""

    def explain(
        self, texts: Sequence[str], scores: Sequence[TextScore], between: Between | None = None
    ) -> list[Explanation]:
        """What the model writes on from the flag and category of each score: greedy, at most NEW_TOKENS tokens.

        `between` is called again and again while the server writes. In another format than moddog's own nothing is
        written.
        """
        if not self.prompt.format.is_own:
            return [parse_explanation("")] * len(texts)
        rows = [self._answer_start(text, score) for text, score in zip(texts, scores, strict=True)]
        prompts = [[*self.prompt.prefix, *ids] for ids, _ in rows]
        written = self._written(prompts, between or _nothing)
        return [parse_explanation(begun + done.text) for (_, begun), done in zip(rows, written, strict=True)]

    def _written(self, prompts: Sequence[Sequence[int]], between: Between) -> list[Completion]:
        """What the server writes, in a thread beside: it writes to the end, and others would wait for all of it."""
        with ThreadPoolExecutor(1, thread_name_prefix="explain") as beside:
            writing = beside.submit(self._server.write, prompts, tokens=NEW_TOKENS)
            while True:
                between()
                if wait([writing], EVERY).done:
                    return writing.result()

    def _judged(self, rows: Sequence[Piece]) -> list[TextScore]:
        """A score for each window: one token asked for at the flag, and one where the categories' names part."""
        answers = self.prompt.answers
        starts = [[*self.prompt.prefix_of(in_context=row.in_context), *row.ids, *self.prompt.suffix] for row in rows]
        flags = self._server.write(starts, tokens=1, named=answers.ids)
        chances = [[0.0] * len(self.prompt.format.categories.names) for _ in rows]
        for branch in answers.branches:
            paths = [[*start, *answers.to_category, *branch.path] for start in starts]
            for chance, found in zip(chances, self._server.write(paths, tokens=1, named=branch.tokens), strict=True):
                self._add(chance, branch, found)
        return [self._score(row, flag, chance) for row, flag, chance in zip(rows, flags, chances, strict=True)]

    def _score(self, row: Piece, flag: Completion, chances: Sequence[float]) -> TextScore:
        answers = self.prompt.answers
        true, false = (self._total(flag.log_probs, side) for side in (answers.positive, answers.negative))
        if true is None and false is None:
            raise ServerFailed("the server named neither answer, so nothing is known of the margin")
        least = min(flag.log_probs.values())
        margin = (least if true is None else true) - (least if false is None else false)
        bounded = true is None or false is None
        return TextScore(
            margin, self._to_own(chances), len(row.ids), 1, row.window, bounded=bounded, third=self._third(flag)
        )

    def _third(self, flag: Completion) -> bool | None:
        """Whether the third answer is likelier than either of the others; None where the format has none."""
        answers = self.prompt.answers
        if not answers.third:
            return None
        sides = (set(answers.positive) - set(answers.third), set(answers.negative) - set(answers.third))
        others = [self._total(flag.log_probs, tuple(side)) for side in sides]
        third = self._total(flag.log_probs, answers.third)
        return third is not None and all(other is None or third > other for other in others)

    def _add(self, chances: list[float], branch: Branch, found: Completion) -> None:
        """Add a branch's log-probabilities, normalised over its tokens; one that is not listed counts as the least."""
        if not found.log_probs:
            raise ServerFailed("the server sent no log-probabilities")
        least = min(found.log_probs.values())
        logits = [self._find(found.log_probs, token) for token in branch.tokens]
        values = [least if logit is None else logit for logit in logits]
        total = _log_sum(values)
        for value, group in zip(values, branch.leads_to, strict=True):
            for category in group:
                chances[category] += value - total

    def _total(self, log_probs: Mapping[str, float], side: Sequence[int]) -> float | None:
        """The log-probability of a side's spellings together, of those that are listed; None where none is."""
        found = [value for token in side if (value := self._find(log_probs, token)) is not None]
        return _log_sum(found) if found else None

    def _find(self, log_probs: Mapping[str, float], token: int) -> float | None:
        return next((log_probs[word] for word in self._words[token] if word in log_probs), None)


def open_server(
    model: str | None,
    *,
    base_url: str,
    api_key: str = "",
    rubric: str = DEFAULT_RUBRIC,
    verdict_format: str = "",
) -> "OpenAiScorer | RuleScorer":
    """A scorer for `model` (a folder or hub id, whose tokenizer is read here) at a server.

    `verdict_format` names how it is asked; recognised where it is empty. Raises ServerFailed where the server does not
    answer, UnusableTokenizer or OSError as loading a model does, ValueError for a format that there is not.
    """
    place = str(NANO if model is None else model)
    config, tokenizer = AutoConfig.from_pretrained(place), load_tokenizer(place)
    found = format_of(config, tokenizer, place, verdict_format)
    prompts = prompts_of(tokenizer, rubric, found)
    server = Completions(base_url, api_key, model=place)
    context = server.context or context_of(config)
    # The server's weights cannot be hashed from here: its address and what it calls the model stand for them.
    named = f"openai\0{base_url}\0{server.model}\0"
    called = hashlib.sha256(named.encode()).hexdigest()
    scorers = [OpenAiScorer(server, each, model_hash=called, rubric=rubric, context=context) for each in prompts]
    return RuleScorer(scorers) if found.categories.rules else scorers[0]


def _nothing() -> None:
    """Nobody waits."""


def _log_sum(values: Sequence[float]) -> float:
    top = max(values)
    return top + math.log(math.fsum(math.exp(value - top) for value in values))
