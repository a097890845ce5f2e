"""What a threshold is to promise, what it takes to certify that, and whether reviewers agree enough for it. Pure."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from inference.guarantees.bounds import delta_of_attempt, labels_needed
from inference.reliability.curves import wilson
from inference.words import gettext, number

Kind = Literal["wrong_removals", "false_positives_per_benign", "misses_per_allowed", "violations_allowed"]
LEAST_TEXTS = 30
ABOVE: dict[Kind, bool] = {
    "wrong_removals": True,
    "false_positives_per_benign": True,
    "misses_per_allowed": False,
    "violations_allowed": False,
}
WORDS: dict[Kind, str] = {
    "wrong_removals": "of what is removed is benign",
    "false_positives_per_benign": "of what is benign is removed",
    "misses_per_allowed": "of what is allowed is a violation",
    "violations_allowed": "of all violations are allowed",
}


class TargetBelowDisagreement(ValueError):
    """Reviewers contradict each other more often than the risk target allows moddog to be wrong."""


@dataclass(frozen=True)
class RiskTarget:
    """At most `risk` (a share, strictly in 0 to 1), with confidence `1 - delta`.

    *wrong_removals*: benign among what is removed. *false_positives_per_benign*: removed among what is benign.
    *misses_per_allowed*: violations among what is allowed. *violations_allowed*: allowed among violations. The first
    two belong to the side above a margin, the others to the side below. Raises ValueError for anything else.
    """

    kind: Kind
    risk: float
    delta: float = 0.05

    def __post_init__(self) -> None:
        if self.kind not in ABOVE:
            raise ValueError(f"no risk target is called {self.kind!r}; there are {', '.join(ABOVE)}")
        if not (0.0 < self.risk < 1.0 and 0.0 < self.delta < 1.0):
            raise ValueError("a target's risk and delta lie strictly between 0 and 1")

    @property
    def above(self) -> bool:
        """Whether it is about the messages at and above a margin (removals), or at and below one (allowed)."""
        return ABOVE[self.kind]

    @property
    def wrong_class(self) -> int:
        """The label that makes a message an error there: 0 benign, 1 violation."""
        return 0 if self.above else 1

    def in_words(self, share: float) -> str:
        """A bound of its risk as a clause: "at most 1 % of what is removed is benign"."""
        return f"at most {100.0 * share:.3g} % {WORDS[self.kind]}"

    @property
    def of_class(self) -> bool:
        """Whether the risk is a share of all benign messages (or violations), not of what lies beyond the margin."""
        return self.kind in ("false_positives_per_benign", "violations_allowed")


@dataclass(frozen=True)
class Disagreement:
    """How often two reviewers of one text decide differently: a share, its 95 % interval, and on how many texts."""

    share: float
    low: float
    high: float
    texts: int


def audit_rate_for(target: RiskTarget, per_week: float, weeks: float, *, attempt: int | None = None) -> float:
    """The cohort rate that certifies the target in `weeks`, if no error is found: labels needed / messages by then.

    `per_week` counts the messages that the risk is a share of: those beyond the margin, or for targets of a class all
    that are benign (or violations). At most 1: it then takes more weeks than asked for. `attempt` as for `certify`: the
    first of several takes 348 labels at 1 % where a single one takes 299. Raises ValueError unless messages and weeks
    are above 0.
    """
    if not (per_week > 0.0 and weeks > 0.0):
        raise ValueError("messages a week and weeks must be above 0")
    delta = target.delta if attempt is None else delta_of_attempt(target.delta, attempt)
    return min(1.0, labels_needed(target.risk, delta) / (per_week * weeks))


def disagreement(texts: ArrayLike, violations: ArrayLike) -> Disagreement:
    """The chance that two blind reviewers decide differently on one text, from texts with two labels or more.

    n labels: which text each is of, and 1 or 0. A text with m violations among k labels adds
    `2 m (k - m) / (k (k - 1))`, the share of its pairs that differ. The interval is Wilson's over texts.
    """
    number = np.unique(np.asarray(texts), return_inverse=True)[1]
    labels = np.asarray(violations, dtype=float)
    if labels.shape != number.shape or not np.isin(labels, (0.0, 1.0)).all():
        raise ValueError("each label has a text, and is 0 or 1")
    k, m = np.bincount(number).astype(float), np.bincount(number, labels)
    k, m = k[k >= 2.0], m[k >= 2.0]
    if not len(k):
        return Disagreement(0.0, 0.0, 1.0, 0)
    share = float((2.0 * m * (k - m) / (k * (k - 1.0))).mean())
    return Disagreement(share, *wilson(share, float(len(k))), len(k))


def refuse_below(target: RiskTarget, found: Disagreement) -> None:
    """Raise TargetBelowDisagreement where reviewers surely (at 97.5 %) contradict each other more often than allowed.

    Below 30 texts that two of them judged nothing is sure.
    """
    if found.texts >= LEAST_TEXTS and found.low > target.risk:
        raise TargetBelowDisagreement(
            gettext(
                "Reviewers contradict each other on %(share)s of the %(texts)s texts that two of them judged, surely "
                "above the target of %(risk)s: no threshold can be better than the labels it is measured by."
            )
            % {"share": number(found.share, ".1%"), "texts": found.texts, "risk": number(target.risk, ".2%")}
        )
