"""The ladder by author: what a strike weighs, how fast it fades, and from how many on something is done. Pure."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext
from pydantic import BaseModel, Field, ValidationError

from review.models.vocabulary import Action, AuthorAction, Category
from review.sentences import in_sentence

STEPS = (AuthorAction.WARN, AuthorAction.MUTE, AuthorAction.BAN)
REMEMBERED = 10
"""Half-lives after which a strike counts for nothing: it weighs less than a thousandth by then."""


class InvalidStrikes(ValueError):
    """The message says what is wrong, for the person who edits it."""


@dataclass(frozen=True)
class StrikeLadder:
    """`weights` by action, `factors` by category (1 where none is named), `steps` by action on the author.

    Without steps nothing is ever done to an author, and the record is only shown.
    """

    half_life: timedelta = timedelta(days=30)
    weights: Mapping[str, float] = field(default_factory=lambda: {Action.HIDE: 0.5, Action.REMOVE: 1.0})
    factors: Mapping[str, float] = field(default_factory=dict)
    steps: Mapping[str, float] = field(default_factory=dict)

    def weight(self, action: str, category: str) -> float:
        """What a new strike weighs."""
        return self.weights.get(action, 0.0) * self.factors.get(category, 1.0)

    def total(self, strikes: "Iterable[ActiveStrike]", at: datetime) -> float:
        """What those strikes come to at a moment; those that took effect later count for nothing."""
        return sum(
            self.weight(each.action, each.category) * math.exp2(-((at - each.since) / self.half_life))
            for each in strikes
            if each.since <= at
        )

    def step(self, total: float) -> AuthorAction:
        """The harshest step that so many strikes reach, to a tenth: what is compared is what people read.

        A strike fades from its first second on, so without that one strike would never be a whole one.
        """
        reached = [step for step in STEPS if step in self.steps and round(total, 1) >= self.steps[step]]
        return reached[-1] if reached else AuthorAction.NONE


@dataclass(frozen=True)
class ActiveStrike:
    """A strike that counts: what was done, for which category, since when."""

    action: str
    category: str
    since: datetime

    @property
    def category_words(self) -> str:
        """The category within a sentence; empty where none is known."""
        return in_sentence(Category(self.category).label) if self.category else ""


class _Stored(BaseModel):
    half_life: float = Field(30.0, gt=0, le=3650)
    weights: dict[Action, float] = Field(default_factory=lambda: {Action.HIDE: 0.5, Action.REMOVE: 1.0})
    factors: dict[str, float] = Field(default_factory=dict)
    steps: dict[AuthorAction, float] = Field(default_factory=dict)


def parse_strikes(data: Mapping[str, Any]) -> StrikeLadder:
    """Read what a policy stores; half-lives in days. Raises InvalidStrikes."""
    try:
        stored = _Stored.model_validate(data)
    except ValidationError as error:
        first = error.errors()[0]
        place = " ".join(str(part) for part in first["loc"])
        raise InvalidStrikes(f"{place}: {first['msg'].lower()}.") from None
    if any(number < 0 for number in (*stored.weights.values(), *stored.factors.values())):
        raise InvalidStrikes(gettext("A strike weighs nothing or more; it is never a merit."))
    heights = [stored.steps[step] for step in STEPS if step in stored.steps]
    if any(height <= 0 for height in heights) or sorted(set(heights)) != heights:
        raise InvalidStrikes(gettext("Warn, mute and ban must each begin above the one before, and above 0."))
    return StrikeLadder(
        timedelta(days=stored.half_life),
        {str(action): weight for action, weight in stored.weights.items()},
        stored.factors,
        {str(step): height for step, height in stored.steps.items()},
    )
