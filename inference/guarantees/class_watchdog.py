"""The watchdog for shares of a class: what is acted on of all that is benign, allowed of all violations. Pure.

As in `watchdog`, over the drawn messages alone, in the order of selection: a message of the class adds
`(beyond - alpha) / pi` to the excess, one of the other class nothing. Among drawn messages, weighed by 1/pi, the excess
is at most 0 on average while at most the share alpha of the class lies beyond the margin. The bets may change with the
policy, but never with the message: each is a share of the least rate of the policy under which the message came in.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from inference.guarantees.watchdog import RISES, YEARS, Watch, _detector

Array = NDArray[np.float64]


def watch_class(
    rate: ArrayLike, least_rate: ArrayLike, beyond: ArrayLike, member: ArrayLike, *, risk: float, per_year: float
) -> Watch:
    """The detector over n drawn messages in the order of selection, late labels at their place.

    `rate` is that of each, in (0, 1], `least_rate` the least one of the policy under which it came in; `beyond` whether
    it lies beyond the certified margin; `member` the share of its labels that put it in the class, NaN where there is
    none yet: beyond the margin such a message counts as none of the class until then, elsewhere as one of it.
    `per_year` are the drawn messages of a year. Raises ValueError unless risk and rates lie in 0 to 1.
    """
    r, least = np.asarray(rate, dtype=float), np.asarray(least_rate, dtype=float)
    b, m = np.asarray(beyond, dtype=bool), np.asarray(member, dtype=float)
    if not (r.shape == least.shape == b.shape == m.shape) or r.ndim != 1:
        raise ValueError(f"columns are rows of one length, not {r.shape}, {least.shape}, {b.shape}, {m.shape}")
    if not (0.0 < risk < 1.0 and per_year > 0.0):
        raise ValueError("a watchdog needs a risk in 0 to 1, and some messages a year")
    if not ((least > 0.0) & (least <= r) & (r <= 1.0)).all():
        raise ValueError("rates lie above 0 and at most at 1, and none below the least")
    level = YEARS * per_year
    if not len(r):
        return Watch(np.zeros(0), None, level)
    excess = np.where(np.isnan(m), np.where(b, 0.0, 1.0), m) * (b - risk) / r
    bets = _bets(risk)
    values = sum((_detector(np.log1p(bet * least * excess)) for bet in bets), np.zeros(len(r))) / len(bets)
    over = np.flatnonzero(values >= level)
    return Watch(values, int(over[0]) if len(over) else None, level)


def _bets(risk: float) -> Array:
    """For each rise Kelly's bet on a message of the class that lies beyond with the chance rise * risk."""
    chance = np.minimum(np.array(RISES) * risk, 0.9)
    return np.minimum((chance - risk) / (risk * (1.0 - risk)), 0.5 / risk)
