"""How much one pass takes: bounded by time, and by less of it while anybody waits.

A pass cannot be interrupted, so a pass of the backlog is what stands in front of whoever begins to wait. While callers
come, passes are kept short; a backlog that nobody waits for is judged in long ones, which cost less for each message.
A long text takes as long as several short ones, and weighs as much.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import accumulate
from math import ceil
from time import monotonic

MOST = 128
"""Messages in one lease: enough to fill a pass, few enough that a lost worker delays little."""
CHARACTERS = 200
"""As many count as one message that is no longer, and so on."""
FIRST = 16
"""Weight of the first pass, before anything was measured."""
LEAST, HEAVIEST = 8, 1_000
"""Weight of a pass: one of less costs hardly less, and with it the backlog would stand still; one of more needs more
memory, and with short texts no more come into one lease."""
SHORT, LONG = 0.04, 0.5  # seconds that one pass may take: while somebody waits, and else
STILL_WAITED = 2.0  # seconds after the last caller for which passes stay short
GAIN = 0.3  # how much of what a prediction missed is learnt from one pass
UNIT = 8  # weight: a pass of so much teaches both parts alike, a lighter one `fixed`, a heavier one `each`


def weight(text: str) -> int:
    """How many short messages a text counts as, 1 or more."""
    return max(1, ceil(len(text) / CHARACTERS))


def fitting(texts: Iterable[str], room: int) -> int:
    """How many of the texts, from the first on, are no heavier than `room` together; the first in any case."""
    return max(1, sum(total <= room for total in accumulate(map(weight, texts))))


@dataclass
class Pace:
    """What a worker knows of its own speed, and when somebody waited last. One for each loaded model.

    A pass takes `fixed` seconds and `each` more for every message, or what weighs as much. They are told apart because
    passes for callers are tiny: taken as a speed, those would make every pass of the backlog tiny too.
    """

    fixed: float = 0.0
    each: float = 0.0
    waited_at: float = float("-inf")

    def limit(self) -> int:
        """How many messages the next pass of the backlog may take at most, LEAST to MOST."""
        return min(MOST, self.room())

    def room(self) -> int:
        """How much the next pass of the backlog may weigh, LEAST to HEAVIEST."""
        if not self.each:
            return FIRST
        return max(LEAST, min(HEAVIEST, round((self.seconds - self.fixed) / self.each)))

    @property
    def seconds(self) -> float:
        """How long the next pass may take."""
        return SHORT if self.is_waited_for else LONG

    @property
    def is_waited_for(self) -> bool:
        """Whether somebody waited lately."""
        return monotonic() - self.waited_at < STILL_WAITED

    def somebody_waited(self) -> None:
        self.waited_at = monotonic()

    def note(self, weight: float, seconds: float) -> None:
        """A pass of this weight took so long, results written. Normalised least mean squares (Haykin)."""
        if weight <= 0 or seconds <= 0.0:
            return
        if not self.each:
            self.each = seconds / weight
            return
        units = weight / UNIT
        step = GAIN * (seconds - self.fixed - self.each * weight) / (1.0 + units**2)
        self.fixed = max(0.0, self.fixed + step)
        self.each = max(self.each / 2, self.each + step * units / UNIT)
