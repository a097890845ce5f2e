"""The ladder: rungs from mild to harsh, each manual, supervised or certified. Pure.

A *manual* rung acts from a probability on and promises nothing. Under a *supervised* one people look first at every
message that reaches its probability. One that is *certified* besides acts by itself from a margin on (allowing: up to
one), under one model and one rubric: margins of another pair are another scale, so there people look again. What a
calibrator says never moves a certified rung.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import pairwise
from typing import Any

from django.utils.translation import gettext
from pydantic import BaseModel, TypeAdapter, ValidationError

DEFAULT = "default"
ALLOW, REVIEW, HIDE, REMOVE = ACTIONS = ("allow", "review", "hide", "remove")
"""From mildest to harshest: a ladder only climbs."""
ACTING = (HIDE, REMOVE)


class InvalidLadder(ValueError):
    """The message says which rung is wrong, and how, for the person who edits it."""


@dataclass(frozen=True)
class SetupKey:
    """The fingerprint of a model version and the version of a rubric: what margins can be compared within."""

    model: str
    rubric: int


@dataclass(frozen=True)
class Certified:
    """The margin that a certification attempt certified for one setup."""

    margin: float
    setup_key: SetupKey
    attempt: int


@dataclass(frozen=True)
class Rung:
    """From probability `at` (0 to 1) up to the next rung, `action` is taken; or people look, while `supervised`.

    `rate` is the share of its messages that is judged blind; None takes the policy's.
    """

    at: float
    action: str
    supervised: bool = False
    rate: float | None = None
    certified: Certified | None = None

    def in_force(self, setup_key: SetupKey) -> Certified | None:
        """Its certificate, where it is one for the setup."""
        return self.certified if self.supervised and self.certified and self.certified.setup_key == setup_key else None


@dataclass(frozen=True)
class Ladder:
    """Rungs in ascending order, the first at 0."""

    rungs: tuple[Rung, ...]

    def of(self, action: str) -> Rung | None:
        return next((rung for rung in self.rungs if rung.action == action), None)

    def drawn(self, setup_key: SetupKey, probability: Callable[[float], float]) -> "Ladder":
        """This ladder with certified margins read as probabilities: to be drawn, and compared with `margin = p`."""
        return Ladder(
            tuple(
                replace(rung, certified=replace(found, margin=probability(found.margin)))
                if (found := rung.in_force(setup_key))
                else rung
                for rung in self.rungs
            )
        )


@dataclass(frozen=True)
class Ladders:
    """A ladder by category; categories without their own use the default one."""

    default: Ladder
    by_category: Mapping[str, Ladder]

    def of(self, category: str) -> Ladder:
        return self.by_category.get(category, self.default)

    @property
    def named(self) -> dict[str, Ladder]:
        """Every ladder by the name under which it is stored, the common one first."""
        return {DEFAULT: self.default, **self.by_category}

    def each_rung(self, change: Callable[[Rung], Rung]) -> "Ladders":
        """These ladders with `change` applied to every rung."""
        ladders = {name: Ladder(tuple(map(change, ladder.rungs))) for name, ladder in self.named.items()}
        return Ladders(ladders.pop(DEFAULT), ladders)


def supervised(rung: Rung) -> Rung:
    """The rung without its certificate: people look first again."""
    return replace(rung, supervised=True, certified=None)


class CertifiedJson(BaseModel):
    """A certificate as a policy stores it."""

    margin: float
    model: str
    rubric: int
    attempt: int


class RungJson(BaseModel):
    """A rung as a policy stores it."""

    at: float
    action: str
    supervised: bool = False
    rate: float | None = None
    certified: CertifiedJson | None = None


STORED = TypeAdapter(dict[str, list[RungJson]])


def parse(data: Mapping[str, Sequence[Mapping[str, Any]]]) -> Ladders:
    """Read what a policy stores: `{"default" or category: [{"at": 0.2, "action": "review"}, ...]}`.

    A rung may also hold `supervised`, `rate` and `certified`. Raises InvalidLadder where a ladder does not start at 0,
    does not climb, names an unknown action, or is no such JSON at all.
    """
    try:
        stored = STORED.validate_python(data)
    except ValidationError as error:
        first = error.errors()[0]
        place = " ".join(str(part) for part in first["loc"])
        raise InvalidLadder(f"{place}: {first['msg'].lower()}.") from None
    if DEFAULT not in stored:
        raise InvalidLadder(gettext("There is no default ladder."))
    ladders = {name: _ladder(name, rungs) for name, rungs in stored.items()}
    return Ladders(ladders.pop(DEFAULT), ladders)


def to_json(rung: Rung) -> dict[str, Any]:
    """What `parse` reads, without what is as usual."""
    found = rung.certified
    certified = CertifiedJson(margin=found.margin, attempt=found.attempt, **asdict(found.setup_key)) if found else None
    stored = RungJson(at=rung.at, action=rung.action, supervised=rung.supervised, rate=rung.rate, certified=certified)
    return stored.model_dump(exclude_defaults=True)


def _rung(stored: RungJson) -> Rung:
    found = stored.certified
    certified = Certified(found.margin, SetupKey(found.model, found.rubric), found.attempt) if found else None
    return Rung(stored.at, stored.action, stored.supervised, stored.rate, certified)


def _harsher(one: Rung, other: Rung) -> bool:
    return ACTIONS.index(one.action) > ACTIONS.index(other.action)


def _ladder(name: str, rungs: Sequence[RungJson]) -> Ladder:
    ladder = Ladder(tuple(_rung(rung) for rung in rungs))
    if not ladder.rungs or ladder.rungs[0].at != 0:
        raise InvalidLadder(gettext("The ladder for %(name)s must start at 0.") % {"name": name})
    for rung in ladder.rungs:
        _check(name, rung)
    for lower, upper in pairwise(ladder.rungs):
        if upper.at <= lower.at:
            words = gettext("For %(name)s, %(upper)s must begin above %(lower)s (%(at)s).")
            raise InvalidLadder(words % {"name": name, "upper": upper.action, "lower": lower.action, "at": lower.at})
        if not _harsher(upper, lower):
            words = gettext("For %(name)s, %(upper)s cannot stand above %(lower)s.")
            raise InvalidLadder(words % {"name": name, "upper": upper.action, "lower": lower.action})
    return ladder


def _check(name: str, rung: Rung) -> None:
    if rung.action not in ACTIONS:
        words = gettext("%(action)s is not an action; choose one of %(actions)s.")
        raise InvalidLadder(words % {"action": rung.action, "actions": ", ".join(ACTIONS)})
    if not 0 <= rung.at <= 1:
        words = gettext("%(action)s for %(name)s is at %(at)s; a probability lies between 0 and 1.")
        raise InvalidLadder(words % {"action": rung.action, "name": name, "at": rung.at})
    if rung.rate is not None and not 0 <= rung.rate <= 1:
        words = gettext("The rate of %(action)s for %(name)s is %(rate)s; a share lies between 0 and 1.")
        raise InvalidLadder(words % {"action": rung.action, "name": name, "rate": rung.rate})
    if rung.action == REVIEW and rung.supervised:
        raise InvalidLadder(gettext("Review for %(name)s is people already; it cannot be supervised.") % {"name": name})
