"""The ladder: rungs from probability to action. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

DEFAULT = "default"
ACTIONS = ("allow", "review", "hide", "remove")
"""From mildest to harshest: a ladder only climbs."""


class InvalidLadder(ValueError):
    """The message says which rung is wrong, and how, for the person who edits it."""


@dataclass(frozen=True)
class Rung:
    """From probability `at` (0 to 1) up to the next rung, `action` is taken."""

    at: float
    action: str


@dataclass(frozen=True)
class Ladder:
    """Rungs in ascending order, the first at 0."""

    rungs: tuple[Rung, ...]

    def rung(self, probability: float) -> Rung:
        """The highest rung that `probability` reaches."""
        return max((rung for rung in self.rungs if rung.at <= probability), key=lambda rung: rung.at)


@dataclass(frozen=True)
class Ladders:
    """A ladder by category; categories without their own use the default one."""

    default: Ladder
    by_category: Mapping[str, Ladder]

    def of(self, category: str) -> Ladder:
        return self.by_category.get(category, self.default)


def parse(data: Mapping[str, Sequence[Mapping[str, Any]]]) -> Ladders:
    """Read what a policy stores: `{"default" or category: [{"at": 0.2, "action": "review"}, ...]}`.

    Raises InvalidLadder where a ladder does not start at 0, does not climb, or names an unknown action.
    """
    if DEFAULT not in data:
        raise InvalidLadder("There is no default ladder.")
    ladders = {name: _ladder(name, rungs) for name, rungs in data.items()}
    return Ladders(ladders.pop(DEFAULT), ladders)


def _ladder(name: str, rungs: Sequence[Mapping[str, Any]]) -> Ladder:
    ladder = Ladder(tuple(Rung(float(rung["at"]), str(rung["action"])) for rung in rungs))
    if not ladder.rungs or ladder.rungs[0].at != 0:
        raise InvalidLadder(f"The ladder for {name} must start at 0.")
    for rung in ladder.rungs:
        if rung.action not in ACTIONS:
            raise InvalidLadder(f"{rung.action} is not an action; choose one of {', '.join(ACTIONS)}.")
        if not 0 <= rung.at <= 1:
            raise InvalidLadder(f"{rung.action} for {name} is at {rung.at}; a probability lies between 0 and 1.")
    for lower, upper in pairwise(ladder.rungs):
        if upper.at <= lower.at:
            raise InvalidLadder(f"For {name}, {upper.action} must begin above {lower.action} ({lower.at}).")
        if ACTIONS.index(upper.action) <= ACTIONS.index(lower.action):
            raise InvalidLadder(f"For {name}, {upper.action} cannot stand above {lower.action}.")
    return ladder
