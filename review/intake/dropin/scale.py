"""The score scale: what number a client is given for a calibrated probability. Pure.

Clients compare with thresholds that were chosen for another model. On the anchored scale each rung of the policy stands
at the client's own threshold for it, straight lines between: a score is above the threshold exactly where the policy
does what the threshold is for. It decides nothing here: rungs live on the margin and the probability, never on this.
"""

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from django.utils.translation import gettext

from review.registry.ladder import ACTIONS, ALLOW, HIDE, REMOVE, REVIEW, Ladder, SetupKey
from review.sentences import action_word
from review.verdicts.rung_choice import take

ABOVE = 1e-6
"""Clients ask for more than their threshold, or for no less: from the rung on a score is this much above it."""
ANCHORED = (REVIEW, HIDE, REMOVE)


class InvalidAnchors(ValueError):
    """The message says what is wrong with the thresholds, for whoever set them."""


@dataclass(frozen=True)
class Scale:
    """Straight lines between `corners`, ascending (probability, score) pairs; of two at one probability the last holds.

    Without corners it is the calibrated scale: every probability is its own score.
    """

    corners: tuple[tuple[float, float], ...] = ()

    def __call__(self, probability: float) -> float:
        """The score of a probability, both in [0, 1]. Never falls as the probability rises."""
        if not self.corners:
            return probability
        index = bisect_right(self.corners, probability, key=lambda corner: corner[0])
        if index == 0:
            return self.corners[0][1]
        left, low = self.corners[index - 1]
        if index == len(self.corners):
            return low
        right, high = self.corners[index]
        return min(high, low + (high - low) * (probability - left) / (right - left))


def starts(ladder: Ladder, setup_key: SetupKey) -> dict[str, float]:
    """From which probability on a ladder does at least each action; those that it never takes are missing.

    The ladder is one whose certified margins are read as probabilities (`Ladder.drawn`). People look from the lowest
    probability on that is neither allowed nor acted on by itself; what they look at first under a rung that nothing
    certifies counts as that rung's action.
    """
    certified = [found.margin for rung in ladder.rungs if (found := rung.in_force(setup_key))]
    changes = np.unique([rung.at for rung in ladder.rungs] + certified)
    just_above = np.nextafter(changes, np.inf)
    taken = take(ladder, just_above, just_above, setup_key)
    uncertified = np.array([rung.in_force(setup_key) is None for rung in ladder.rungs])
    of_rung = np.array([ACTIONS.index(rung.action) for rung in ladder.rungs])
    level = np.where(taken.supervised & uncertified[taken.rung], of_rung[taken.rung], 0)
    level = np.maximum(level, taken.action)
    names = {REVIEW, *(rung.action for rung in ladder.rungs)} - {ALLOW}
    reached = {name: changes[level >= ACTIONS.index(name)] for name in ACTIONS if name in names}
    return {name: float(found[0]) for name, found in reached.items() if len(found)}


def anchored(begins: Mapping[str, float], thresholds: Mapping[str, float]) -> Scale:
    """The scale on which each action that begins somewhere stands at the client's threshold for it.

    `thresholds` are in (0, 1) and rise with the harshness of the action. Raises InvalidAnchors where they do not.
    """
    check(thresholds)
    corners = [(0.0, 0.0)]
    for action in ANCHORED:
        if action in begins and action in thresholds:
            at = begins[action]
            # Of two rungs at one probability the harsher has the last word, as on the ladder.
            corners += [(at, thresholds[action]), (at, min(1.0, thresholds[action] + ABOVE))]
    corners.append((1.0, 1.0))
    return Scale(tuple(corners))


def check(thresholds: Mapping[str, float]) -> None:
    """Raises InvalidAnchors for thresholds that are none, or that do not rise with the harshness of the action."""
    if not thresholds:
        raise InvalidAnchors(gettext("Give the client's threshold for at least one action."))
    if unknown := set(thresholds) - set(ANCHORED):
        raise InvalidAnchors(f"{min(unknown)} has no threshold; choose among {', '.join(ANCHORED)}.")
    last = -ABOVE
    for action in ANCHORED:
        if action not in thresholds:
            continue
        if not 0 < thresholds[action] < 1:
            raise InvalidAnchors(
                gettext("The threshold for %(action)s lies between 0 and 1.") % {"action": action_word(action)}
            )
        if thresholds[action] <= last + ABOVE:
            raise InvalidAnchors(
                gettext("The threshold for %(action)s must be above that of the milder actions.")
                % {"action": action_word(action)}
            )
        last = thresholds[action]
