"""Upper bounds of a risk from labels: exact binomial where every row had one rate, betting where rates differ. Pure.

*Binomial*: Clopper and Pearson (1934). *Betting*: Waudby-Smith and Ramdas (2024), fixed bets mixed over a grid ("grid
Kelly"). With `x` the wrong share of a message over its rate (0 where it was not drawn), `d` what it adds to the
denominator, and r the least rate that applied at its time, `E[x] >= rho E[d]` makes the product of all
`1 + c r (rho d - x)`, for c in (0, 1], a non-negative supermartingale; so it does their mixture over c, which exceeds
1/delta with a chance of at most delta. The bets know no labels, and every message of a time has the same, so no bound
depends on the order of rows.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.special import logsumexp
from scipy.stats import beta, binom

Array = NDArray[np.float64]
BETS = np.r_[np.linspace(0.02, 0.98, 25), 1.0]  # shares of what may be staked at most
PRIOR = np.r_[np.full(25, 0.6 / 25.0), 0.4]
HALVINGS = 50


@dataclass(frozen=True)
class Terms:
    """Messages alike, counted: `wrong` (r x) and `base` (r d) of each kind, both in 0 to 1, and how many there are."""

    wrong: Array
    base: Array
    count: Array


def binomial_upper(errors: float, labels: float, delta: float) -> float:
    """With confidence `1 - delta` the risk is at most this, `errors` seen in `labels` equal draws; 1 without labels.

    A part of an error counts as a whole one.
    """
    seen = np.ceil(errors - 1e-9)
    return 1.0 if seen >= labels else float(beta.ppf(1.0 - delta, seen + 1.0, labels - seen))


def binomial_certifies(errors: float, labels: float, risk: float, delta: float) -> bool:
    """Whether `binomial_upper` is at most `risk`."""
    return float(binom.cdf(np.ceil(errors - 1e-9), labels, risk)) <= delta


@lru_cache(maxsize=4096)
def labels_needed(risk: float, delta: float = 0.05, errors: int = 0) -> int:
    """The least number of equally drawn labels that certify `risk` with `errors` among them.

    At 1 % and 95 %: 299, 473 with one error, 773 with three. Raises ValueError unless both lie strictly in 0 to 1.
    """
    _check(risk, delta)
    low, high = errors, 16
    while binom.cdf(errors, high, risk) > delta:
        low, high = high, high * 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if binom.cdf(errors, middle, risk) > delta else (low, middle)
    return int(high)


@lru_cache(maxsize=4096)
def allowed_errors(risk: float, delta: float, part: float) -> int:
    """The fewest errors that make up `part` (below 1) of the risk among the labels that then certify it.

    At 1 % and 95 %: 3 (of 773 labels) for 0.38, 1 (of 473) for 0.2.
    """
    errors = 0
    while errors < part * risk * labels_needed(risk, delta, errors):
        errors += 1
    return errors


def delta_of_attempt(delta: float, attempt: int) -> float:
    """`6 delta / (pi^2 k^2)` for the k-th attempt at the same target: over all attempts they sum to `delta`.

    Raises ValueError below the first attempt.
    """
    if attempt < 1:
        raise ValueError("attempts are counted from 1")
    return 6.0 * delta / (np.pi**2 * attempt**2)


def log_capital(terms: Terms, risk: float) -> float:
    """The logarithm of what betting against a risk of `risk` or more has earned, from a stake of 1."""
    each = np.log1p(np.outer(BETS, risk * terms.base - terms.wrong)) @ terms.count
    return float(logsumexp(each, b=PRIOR))


def betting_certifies(terms: Terms, risk: float, delta: float) -> bool:
    """Whether `betting_upper` is at most `risk`."""
    return log_capital(terms, risk) >= -float(np.log(delta))


def betting_upper(terms: Terms, delta: float) -> float:
    """The least risk that the bets refute at `1 - delta`; 1 where they refute none. Capital rises with the risk."""
    low, high = 0.0, 1.0
    if not betting_certifies(terms, high, delta):
        return 1.0
    for _ in range(HALVINGS):
        middle = (low + high) / 2.0
        low, high = (low, middle) if betting_certifies(terms, middle, delta) else (middle, high)
    return high


def _check(risk: float, delta: float) -> None:
    if not (0.0 < risk < 1.0 and 0.0 < delta < 1.0):
        raise ValueError("a risk and a delta lie strictly between 0 and 1")
