"""When a queue will be empty, if people go on as they do now. Pure.

The pace is that of the last hour, which is itself a sample: of few decisions it says little. What will come is drawn
from what came in the same hours of the weeks before. So the answer is a range, from many draws of both.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

DRAWS, SEED = 400, 0
LOW, HIGH = 0.1, 0.9


@dataclass(frozen=True)
class Forecast:
    """When the queue is empty: in the middle of the draws, and the range that eight of ten fall into.

    A moment is None where it lies beyond HOURS from now.
    """

    HOURS: ClassVar[int] = 12

    at: datetime | None
    earliest: datetime | None
    latest: datetime | None


def forecast(now: datetime, backlog: int, pace: float, arrivals: Sequence[Sequence[float]]) -> Forecast | None:
    """From `backlog` cases, `pace` decisions in the last hour, and for each hour ahead what came then in other weeks.

    `arrivals` names Forecast.HOURS hours, each with at least one count. None where nothing waits, or nobody decided
    anything.
    """
    if not backlog or pace <= 0.0:
        return None
    random = np.random.default_rng(SEED)
    paces = random.gamma(pace + 0.5, size=DRAWS)
    came = np.stack([random.choice(np.asarray(hour, dtype=float), DRAWS) for hour in arrivals], axis=1)
    left = backlog + np.cumsum(came - paces[:, None], axis=1)
    hours = _hours(backlog, left)
    low, middle, high = (_moment(now, float(np.quantile(hours, q, method="nearest"))) for q in (LOW, 0.5, HIGH))
    return Forecast(middle, low, high)


def _hours(backlog: int, left: NDArray[np.float64]) -> NDArray[np.float64]:
    """Hours until nothing is left, in each draw: between two full ones in a straight line, and infinite beyond."""
    before = np.concatenate([np.full((len(left), 1), float(backlog)), left[:, :-1]], axis=1)
    is_empty = left <= 0.0
    first = np.argmax(is_empty, axis=1)
    rows = np.arange(len(left))
    full, rest = before[rows, first], left[rows, first]
    part = full / np.where(is_empty[rows, first], full - rest, 1.0)
    return np.where(is_empty.any(axis=1), first + part, np.inf)


def _moment(now: datetime, hours: float) -> datetime | None:
    return now + timedelta(hours=hours) if np.isfinite(hours) else None
