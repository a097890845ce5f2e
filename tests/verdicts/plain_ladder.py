"""A ladder for one message at a time, rung by rung from the harshest: the plain, slow way to say what it takes."""

from dataclasses import dataclass

from review.registry.ladder import ACTING, ACTIONS, ALLOW, REVIEW, Ladder, Rung, SetupKey
from review.verdicts import rung_choice as fast


@dataclass(frozen=True)
class One:
    """What happens to a message, the rung whose stratum it belongs to, and whether people supervise that rung."""

    action: str
    rung: Rung
    supervised: bool


def taken(ladder: Ladder, probability: float, margin: float, setup_key: SetupKey) -> One:
    """What the product's ladder takes for one message."""
    found = fast.take(ladder, [probability], [margin], setup_key)
    return One(ACTIONS[found.action[0]], ladder.rungs[found.rung[0]], bool(found.supervised[0]))


def plainly_taken(ladder: Ladder, probability: float, margin: float, setup_key: SetupKey) -> One:
    """The same, rung by rung."""
    for rung in reversed(ladder.rungs):
        if acts(rung, probability, margin, setup_key):
            return One(rung.action, rung, False)
        if rung.supervised and probability >= rung.at:
            acting = (each for each in reversed(ladder.rungs) if acts(each, probability, margin, setup_key))
            return One(next((each.action for each in acting if each.action in ACTING), REVIEW), rung, True)
    raise AssertionError("a ladder starts at 0")


def acts(rung: Rung, probability: float, margin: float, setup_key: SetupKey) -> bool:
    if certified := rung.in_force(setup_key):
        return margin <= certified.margin if rung.action == ALLOW else margin >= certified.margin
    return not rung.supervised and probability >= rung.at
