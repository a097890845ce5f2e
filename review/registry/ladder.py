"""The ladder: rungs from mild to harsh, each manual, supervised or certified. Pure.

A *manual* rung acts from a probability on and promises nothing. Under a *supervised* one people look first at every
message that reaches its probability. One that is *certified* besides acts by itself from a margin on (allowing: up to
one), under one model and one rubric: margins of another pair are another scale, so there people look again. What a
calibrator says never moves a certified rung.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

DEFAULT = "default"
ALLOW, REVIEW, HIDE, REMOVE = ACTIONS = ("allow", "review", "hide", "remove")
"""From mildest to harshest: a ladder only climbs."""
ACTING = (HIDE, REMOVE)


class InvalidLadder(ValueError):
    """The message says which rung is wrong, and how, for the person who edits it."""


@dataclass(frozen=True)
class SetupKey:
    """The hash of a model's weights and the version of a rubric: what margins can be compared within."""

    model: str
    rubric: int


@dataclass(frozen=True)
class Certified:
    """The margin that a derivation certified for one pair."""

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
        """Its certificate, where it is one for `pair`."""
        return self.certified if self.supervised and self.certified and self.certified.setup_key == setup_key else None

    def acts(self, probability: float, margin: float, setup_key: SetupKey) -> bool:
        """Whether it may be taken without people."""
        if certified := self.in_force(setup_key):
            return margin <= certified.margin if self.action == ALLOW else margin >= certified.margin
        return not self.supervised and probability >= self.at


@dataclass(frozen=True)
class Taken:
    """What happens to a message, the rung whose stratum it belongs to, and whether people supervise that rung."""

    action: str
    rung: Rung
    supervised: bool


@dataclass(frozen=True)
class Ladder:
    """Rungs in ascending order, the first at 0."""

    rungs: tuple[Rung, ...]

    def take(self, probability: float, margin: float, setup_key: SetupKey) -> Taken:
        """The harshest rung that may act, or that is reached while people supervise it."""
        for rung in reversed(self.rungs):
            if rung.acts(probability, margin, setup_key):
                return Taken(rung.action, rung, False)
            if rung.supervised and probability >= rung.at:
                return Taken(self._meanwhile(probability, margin, setup_key), rung, True)
        raise InvalidLadder("A ladder must start at 0.")

    def of(self, action: str) -> Rung | None:
        return next((rung for rung in self.rungs if rung.action == action), None)

    def _meanwhile(self, probability: float, margin: float, setup_key: SetupKey) -> str:
        """What is done until people decide: the harshest action that may be taken, but never letting it pass."""
        acting = (rung for rung in reversed(self.rungs) if rung.acts(probability, margin, setup_key))
        return next((rung.action for rung in acting if rung.action in ACTING), REVIEW)

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


def parse(data: Mapping[str, Sequence[Mapping[str, Any]]]) -> Ladders:
    """Read what a policy stores: `{"default" or category: [{"at": 0.2, "action": "review"}, ...]}`.

    A rung may also hold `supervised`, `rate` and `certified`. Raises InvalidLadder where a ladder does not start at 0,
    does not climb, or names an unknown action.
    """
    if DEFAULT not in data:
        raise InvalidLadder("There is no default ladder.")
    ladders = {name: _ladder(name, rungs) for name, rungs in data.items()}
    return Ladders(ladders.pop(DEFAULT), ladders)


def to_json(rung: Rung) -> dict[str, Any]:
    """What `parse` reads, without what is as usual."""
    data: dict[str, Any] = {"at": rung.at, "action": rung.action}
    if rung.supervised:
        data["supervised"] = True
    if rung.rate is not None:
        data["rate"] = rung.rate
    if rung.certified:
        setup_key = {"model": rung.certified.setup_key.model, "rubric": rung.certified.setup_key.rubric}
        data["certified"] = {"margin": rung.certified.margin, **setup_key, "attempt": rung.certified.attempt}
    return data


def _harsher(one: Rung, other: Rung) -> bool:
    return ACTIONS.index(one.action) > ACTIONS.index(other.action)


def _rung(data: Mapping[str, Any]) -> Rung:
    found, rate = data.get("certified"), data.get("rate")
    return Rung(
        at=float(data["at"]),
        action=str(data["action"]),
        supervised=bool(data.get("supervised", False)),
        rate=None if rate is None else float(rate),
        certified=Certified(float(found["margin"]), SetupKey(found["model"], found["rubric"]), found["attempt"])
        if found
        else None,
    )


def _ladder(name: str, rungs: Sequence[Mapping[str, Any]]) -> Ladder:
    ladder = Ladder(tuple(_rung(rung) for rung in rungs))
    if not ladder.rungs or ladder.rungs[0].at != 0:
        raise InvalidLadder(f"The ladder for {name} must start at 0.")
    for rung in ladder.rungs:
        _check(name, rung)
    for lower, upper in pairwise(ladder.rungs):
        if upper.at <= lower.at:
            raise InvalidLadder(f"For {name}, {upper.action} must begin above {lower.action} ({lower.at}).")
        if not _harsher(upper, lower):
            raise InvalidLadder(f"For {name}, {upper.action} cannot stand above {lower.action}.")
    return ladder


def _check(name: str, rung: Rung) -> None:
    if rung.action not in ACTIONS:
        raise InvalidLadder(f"{rung.action} is not an action; choose one of {', '.join(ACTIONS)}.")
    if not 0 <= rung.at <= 1:
        raise InvalidLadder(f"{rung.action} for {name} is at {rung.at}; a probability lies between 0 and 1.")
    if rung.rate is not None and not 0 <= rung.rate <= 1:
        raise InvalidLadder(f"The rate of {rung.action} for {name} is {rung.rate}; a share lies between 0 and 1.")
    if rung.action == REVIEW and rung.supervised:
        raise InvalidLadder(f"Review for {name} is people already; it cannot be supervised.")
