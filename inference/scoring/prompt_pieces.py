"""The text of a prompt around message and rubric: a template rendered with placeholders and split there. Pure."""

from dataclasses import dataclass, replace
from typing import Any

from transformers import PreTrainedTokenizerBase

from inference.scoring.plain_tokenizer import UnusableTokenizer
from inference.scoring.verdict_format import BOS, MESSAGE, RUBRIC, RULE, VerdictFormat

_RUBRIC_MARK, _MESSAGE_MARK = "\u2983rubric\u2984", "\u2983message\u2984"
SLOTS = {RUBRIC: _RUBRIC_MARK, MESSAGE: _MESSAGE_MARK}


@dataclass(frozen=True)
class PromptPieces:
    """The texts before and after the message, in order, with the rubric between each two of one side.

    `start` is the forced start of the answer.
    """

    before: tuple[str, ...]
    after: tuple[str, ...]
    start: str

    def without(self, opening: str) -> "PromptPieces":
        """The same with an opening taken off the end of what is before the message."""
        return replace(self, before=(*self.before[:-1], self.before[-1].removesuffix(opening)))

    def tail_and_start(self, tail: str) -> str:
        """What ends the prompt; a template that ends with the answer's start already is not given it twice."""
        return tail if tail.endswith(self.start) else tail + self.start


def pieces_of(tokenizer: PreTrainedTokenizerBase, verdict_format: VerdictFormat, rule: str = "") -> PromptPieces:
    """The pieces of a format under a tokenizer. Raises UnusableTokenizer where its chat template does not serve."""
    ask = verdict_format.ask
    if ask.text:
        text = _filled(ask.text, {**SLOTS, RULE: rule, BOS: tokenizer.bos_token or ""})
    else:
        if not tokenizer.chat_template:
            raise UnusableTokenizer("the tokenizer has no chat template")
        filling = {**SLOTS, RULE: rule}
        turns = [{"role": turn.role, "content": _filled(turn.content, filling)} for turn in ask.turns]
        variables = _filled_in(ask.variables, filling)
        text = str(tokenizer.apply_chat_template(turns, tokenize=False, add_generation_prompt=True, **variables))
    expected = int(verdict_format.reads_rubric)
    if text.count(_RUBRIC_MARK) != expected or text.count(_MESSAGE_MARK) != 1:
        roles = " and a ".join(turn.role for turn in ask.turns)
        raise UnusableTokenizer(f"the chat template does not take a {roles} turn as they are")
    before, after = text.split(_MESSAGE_MARK)
    return PromptPieces(tuple(before.split(_RUBRIC_MARK)), tuple(after.split(_RUBRIC_MARK)), ask.start)


def _filled(text: str, filling: dict[str, str]) -> str:
    for slot, words in filling.items():
        text = text.replace(slot, words)
    return text


def _filled_in(values: Any, filling: dict[str, str]) -> Any:
    """The variables of a template with their slots filled, however deep they stand."""
    if isinstance(values, str):
        return _filled(values, filling)
    if isinstance(values, dict):
        return {key: _filled_in(value, filling) for key, value in values.items()}
    return values
