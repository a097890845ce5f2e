"""Which verdict format a model is asked in, and the prompts of it."""

from typing import Any

from transformers import PreTrainedTokenizerBase

from inference.scoring.prompt import Prompt
from inference.scoring.verdict_format import VerdictFormat, read_format, recognised


def format_of(config: Any, tokenizer: PreTrainedTokenizerBase, place: str, named: str = "") -> VerdictFormat:
    """The format that is named, or else that of a model's configuration, template and place. Raises ValueError."""
    if named:
        return read_format(named)
    template = tokenizer.chat_template
    return recognised(config.to_dict(), str(template) if template else None, place)


def prompts_of(tokenizer: PreTrainedTokenizerBase, rubric: str, verdict_format: VerdictFormat) -> list[Prompt]:
    """One prompt, or one for each rule of a format that asks rule by rule. Raises UnusableTokenizer."""
    rules = [rule.text for rule in verdict_format.categories.rules] or [""]
    return [Prompt(tokenizer, rubric, verdict_format, rule) for rule in rules]
