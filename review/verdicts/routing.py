"""Routing: what happens to a judged message. Pure; the same answer for the same input."""

from dataclasses import dataclass

from review.registry.ladder import REVIEW, Ladders, SetupKey

SUPERVISED_RATE = 1.0
"""Under supervision people see every message, so each is a draw that was sure."""


@dataclass(frozen=True)
class Judgement:
    """What routing needs to know of a message and its score.

    `probability` (0 to 1) is None where the model and rubric have no calibrator. `draw` is the message's one random
    number in [0, 1), made at intake. `covered` says whether the model was trained on the text's script. A text of
    several `windows` has the margin of its worst, which is higher by chance alone the more there are: no calibrator
    was fitted on such maxima.
    """

    probability: float | None
    margin: float
    category: str
    draw: float
    covered: bool = True
    windows: int = 1


@dataclass(frozen=True)
class Route:
    """`action` is what happens by itself; `case_reason` is set where people must look.

    Both may hold: the message is acted on, and people judge it blind besides. `rate` is the share of messages like
    this one that people judge blind, fixed now for good; `cohort_rate` is that rate where the draw fell under it.
    """

    action: str
    case_reason: str | None
    blind: bool
    why: str
    rate: float
    cohort_rate: float | None


def route(judgement: Judgement, ladders: Ladders, setup_key: SetupKey, audit_rate: float) -> Route:
    """Send a judged message on its way.

    The rate is that of the rung's stratum, or `audit_rate` (0 to 1). Below it the draw puts the message in the cohort,
    and its case is blind.
    """
    action, why, rate = _taken(judgement, ladders, setup_key, audit_rate)
    if judgement.draw < rate:
        return Route(action, "borderline" if action == REVIEW else "audit", True, why, rate, rate)
    return Route(action, "borderline" if action == REVIEW else None, False, why, rate, None)


def _taken(judgement: Judgement, ladders: Ladders, setup_key: SetupKey, audit_rate: float) -> tuple[str, str, float]:
    if judgement.windows > 1:
        return REVIEW, "windows", audit_rate
    if judgement.probability is None:
        return REVIEW, "uncalibrated", audit_rate
    if not judgement.covered:
        return REVIEW, "language", audit_rate
    taken = ladders.of(judgement.category).take(judgement.probability, judgement.margin, setup_key)
    if taken.supervised:
        return taken.action, "supervised", SUPERVISED_RATE
    return taken.action, "rung", audit_rate if taken.rung.rate is None else taken.rung.rate
