"""How many messages one pass takes: bounded by time, and by less of it while anybody waits.

A pass cannot be interrupted, so a pass of the backlog is what stands in front of whoever begins to wait. While callers
come, passes are kept short; a backlog that nobody waits for is judged in long ones, which cost less for each message.
"""

from dataclasses import dataclass
from time import monotonic

MOST = 128
"""Messages in one lease: enough to fill a pass, few enough that a lost worker delays little."""
FIRST, FEWEST = 16, 4  # messages: before anything was measured, and at the least
SHORT, LONG = 0.04, 0.5  # seconds that one pass may take: while somebody waits, and else
STILL_WAITED = 2.0  # seconds after the last caller for which passes stay short
SHARE = 0.3  # of a new measurement in the running one


@dataclass
class Pace:
    """What a worker knows of its own speed, and when somebody waited last. One for each loaded model."""

    per_second: float = 0.0
    waited_at: float = float("-inf")

    def limit(self) -> int:
        """How many messages the next pass of the backlog may take, FEWEST to MOST."""
        if not self.per_second:
            return FIRST
        seconds = SHORT if monotonic() - self.waited_at < STILL_WAITED else LONG
        return max(FEWEST, min(MOST, round(self.per_second * seconds)))

    def somebody_waited(self) -> None:
        self.waited_at = monotonic()

    def note(self, messages: int, seconds: float) -> None:
        """A pass over so many messages took so long, results written."""
        if messages <= 0 or seconds <= 0.0:
            return
        now = messages / seconds
        self.per_second = now if not self.per_second else (1.0 - SHARE) * self.per_second + SHARE * now
