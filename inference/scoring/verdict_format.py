"""Verdict formats: how a model is asked and how it says its verdict, one file of `formats/` each. Loads no model.

A format is data: pieces of the prompt with slots for message, rubric and rule, the forced start of the answer, the
spellings of its answers, and how categories are read. All of it that moves a margin is in the format's hash.
"""

import hashlib
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from inference.categories import CATEGORIES
from inference.scoring.windows import OVERLAP

FOLDER = Path(__file__).parent / "formats"
MODDOG = "moddog"
"""The form in which any model with a chat template can be asked; what no other format recognises."""
MANY = "*"
"""In place of language codes: more languages than anybody would list."""
MESSAGE, RUBRIC, RULE, BOS = "{message}", "{rubric}", "{rule}", "{bos}"


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Turn(_Part):
    """One turn of the tokenizer's chat template."""

    role: str
    content: str


class Ask(_Part):
    """The prompt: turns of the model's chat template with its variables, or a text of its own; then the forced start.

    The start is left out where the template ends with it already.
    """

    turns: tuple[Turn, ...] = ()
    variables: dict[str, Any] = {}
    text: str = ""
    start: str = ""

    @model_validator(mode="after")
    def _asks_once(self) -> "Ask":
        if bool(self.turns) == bool(self.text):
            raise ValueError("a format asks by turns or by a text")
        if self.whole.count(MESSAGE) != 1:
            raise ValueError(f"a format has one slot {MESSAGE}")
        return self

    @property
    def whole(self) -> str:
        """All text in which slots may stand."""
        return self.text + "".join(turn.content for turn in self.turns) + repr(self.variables)


class Answer(_Part):
    """The spellings of each answer, as they follow the forced start. A third answer counts to one of the sides."""

    positive: tuple[str, ...] = Field(min_length=1)
    negative: tuple[str, ...] = Field(min_length=1)
    third: tuple[str, ...] = ()
    third_counts_as: Literal["positive", "negative"] = "positive"


class Rule(_Part):
    """What one pass asks for, and the category that it stands for; none where that is empty."""

    category: str
    text: str


class Categories(_Part):
    """How categories are read: not at all, as names or codes behind the positive answer, or by one pass for each rule.

    `names` are the model's, each with moddog's category or "" where there is no honest match; `before` and `after` are
    the text of the answer around them.
    """

    read: Literal["none", "names", "codes", "rules"]
    before: str = ""
    after: str = ""
    names: dict[str, str] = {}
    rules: tuple[Rule, ...] = ()

    @model_validator(mode="after")
    def _fits(self) -> "Categories":
        named = [*self.names.values(), *(rule.category for rule in self.rules)]
        if unknown := set(named) - {*CATEGORIES, ""}:
            raise ValueError(f"{sorted(unknown)} are no categories of moddog")
        if bool(self.names) != (self.read in ("names", "codes")) or bool(self.rules) != (self.read == "rules"):
            raise ValueError("names are for reading names or codes, rules for reading by rules")
        return self


class Recognise(_Part):
    """By what a model is known: its type, and words of its chat template or of its own name."""

    model_types: tuple[str, ...] = ()
    template_has: tuple[str, ...] = ()
    template_lacks: tuple[str, ...] = ()
    names: tuple[str, ...] = ()

    def fits(self, model_type: str, template: str, place: str) -> bool:
        """Whether a model of this type, chat template and place (folder or hub id) is one of the format's."""
        if model_type not in self.model_types:
            return False
        by_template = self.template_has and all(word in template for word in self.template_has)
        if by_template and not any(word in template for word in self.template_lacks):
            return True
        return any(name in place.lower() for name in self.names)


class VerdictFormat(_Part):
    """One format. `languages` are ISO 639-1 codes, MANY for many; `window` is the most ids of a message, 0 for any."""

    name: str
    title: str
    languages: tuple[str, ...] = Field(min_length=1)
    window: int = Field(default=0, ge=0)
    recognise: Recognise = Recognise()
    ask: Ask
    answer: Answer
    categories: Categories

    @property
    def is_own(self) -> bool:
        """Whether it is moddog's own form, whose answers go on with a reason."""
        return self.name == MODDOG

    @property
    def reads_rubric(self) -> bool:
        """Whether the rubric is part of its prompt."""
        return RUBRIC in self.ask.whole

    @property
    def hash(self) -> str:
        """16 hex digits of all that moves a margin."""
        moving = self.model_dump_json(include={"ask", "answer", "categories", "window"})
        return hashlib.sha256(f"{moving}\0{OVERLAP}".encode()).hexdigest()[:16]


@cache
def read_format(name: str) -> VerdictFormat:
    """The format of that name. Raises ValueError where there is none."""
    path = FOLDER / f"{name}.toml"
    if name not in format_names():
        raise ValueError(f"there is no verdict format {name!r}; there are {', '.join(format_names())}")
    return VerdictFormat(name=name, **tomllib.loads(path.read_text(encoding="utf-8")))


@cache
def format_names() -> tuple[str, ...]:
    """Every format, in order of name."""
    return tuple(sorted(path.name.removesuffix(".toml") for path in FOLDER.glob("*.toml")))


def recognised(config: Mapping[str, Any], template: str | None, place: str) -> VerdictFormat:
    """The format of a model by its configuration, its chat template and its place; moddog's own where none is known."""
    model_type = str(config.get("model_type", ""))
    for name in format_names():
        found = read_format(name)
        if found.recognise.fits(model_type, template or "", Path(place).name):
            return found
    return read_format(MODDOG)
