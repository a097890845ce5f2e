"""What a ladder does to messages, all of one likeliest violation at once. Pure.

Routing, previews and the desk's bar all ask here. static/js/ladder.js has it once more, for a threshold that is
dragged; both are held against tests/verdicts/ladder_cases.json.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from review.registry.ladder import ACTING, ACTIONS, ALLOW, REVIEW, Ladder, Rung, SetupKey

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]
SUPERVISED_RATE = 1.0
"""Under supervision people see every message, so each is a draw that was sure."""


@dataclass(frozen=True)
class Taken:
    """For each of n messages what is done to it (its place in ACTIONS), and the rung whose stratum it belongs to.

    Where that rung is `supervised`, people look first, and the action is what is done meanwhile.
    """

    ladder: Ladder
    action: NDArray[np.intp]
    rung: NDArray[np.intp]
    supervised: Flags

    def __len__(self) -> int:
        return len(self.action)

    @property
    def actions(self) -> list[str]:
        return [ACTIONS[index] for index in self.action]

    def rates(self, audit_rate: float) -> Array:
        """The share of messages like each that is judged blind; `audit_rate` where a rung names none."""
        own = np.array([audit_rate if rung.rate is None else rung.rate for rung in self.ladder.rungs])
        return np.where(self.supervised, SUPERVISED_RATE, own[self.rung])


def take(ladder: Ladder, probabilities: ArrayLike, margins: ArrayLike, setup_key: SetupKey) -> Taken:
    """The harshest rung that may act on each message, or that is reached while people supervise it."""
    p, z = np.asarray(probabilities, dtype=float), np.asarray(margins, dtype=float)
    action = meanwhile = np.full(len(p), ACTIONS.index(REVIEW), dtype=np.intp)
    number, supervised = np.zeros(len(p), dtype=np.intp), np.zeros(len(p), dtype=bool)
    for index, rung in enumerate(ladder.rungs):  # from mild to harsh, so that the harshest has the last word
        acts = _acts(rung, p, z, setup_key)
        looked_at = ~acts & (p >= rung.at) if rung.supervised else np.zeros(len(p), dtype=bool)
        level = ACTIONS.index(rung.action)
        if rung.action in ACTING:  # until people decide, a message is never let pass
            meanwhile = np.where(acts, level, meanwhile)
        action = np.where(acts, level, np.where(looked_at, meanwhile, action))
        number = np.where(acts | looked_at, index, number)
        supervised = looked_at | (supervised & ~acts)
    return Taken(ladder, action, number, supervised)


def _acts(rung: Rung, p: Array, z: Array, setup_key: SetupKey) -> Flags:
    """Whether it may be taken without people: by its certified margin, or manual by its probability."""
    if certified := rung.in_force(setup_key):
        return z <= certified.margin if rung.action == ALLOW else z >= certified.margin
    return p >= rung.at if not rung.supervised else np.zeros(len(p), dtype=bool)
