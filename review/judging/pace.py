"""How many messages one pass takes: bounded by time, and by less of it while anybody waits.

A pass cannot be interrupted, so a pass of the backlog is what stands in front of whoever begins to wait. While callers
come, passes are kept short; a backlog that nobody waits for is judged in long ones, which cost less for each message.
"""

from dataclasses import dataclass
from time import monotonic

MOST = 128
"""Messages in one lease: enough to fill a pass, few enough that a lost worker delays little."""
FIRST = 16
"""Messages in the first pass, before anything was measured."""
FEWEST = 16
"""Messages at the least: a pass of fewer costs hardly less, and with it the backlog would stand still."""
SHORT, LONG = 0.04, 0.5  # seconds that one pass may take: while somebody waits, and else
STILL_WAITED = 2.0  # seconds after the last caller for which passes stay short
GAIN = 0.3  # how much of what a prediction missed is learnt from one pass
UNIT = 8  # messages: a pass of so many teaches both parts alike, a smaller one `fixed`, a larger one `each`


@dataclass
class Pace:
    """What a worker knows of its own speed, and when somebody waited last. One for each loaded model.

    A pass takes `fixed` seconds and `each` more for every message. They are told apart because passes for callers are
    tiny: taken as a speed, those would make every pass of the backlog tiny too.
    """

    fixed: float = 0.0
    each: float = 0.0
    waited_at: float = float("-inf")

    def limit(self) -> int:
        """How many messages the next pass of the backlog may take, FEWEST to MOST."""
        if not self.each:
            return FIRST
        seconds = SHORT if monotonic() - self.waited_at < STILL_WAITED else LONG
        return max(FEWEST, min(MOST, round((seconds - self.fixed) / self.each)))

    def somebody_waited(self) -> None:
        self.waited_at = monotonic()

    def note(self, messages: int, seconds: float) -> None:
        """A pass over so many messages took so long, results written. Normalised least mean squares (Haykin)."""
        if messages <= 0 or seconds <= 0.0:
            return
        if not self.each:
            self.each = seconds / messages
            return
        units = messages / UNIT
        step = GAIN * (seconds - self.fixed - self.each * messages) / (1.0 + units**2)
        self.fixed = max(0.0, self.fixed + step)
        self.each = max(self.each / 2, self.each + step * units / UNIT)
