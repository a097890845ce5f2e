"""Routing: what happens to a judged message. Pure; the same answer for the same input."""

from dataclasses import dataclass

from review.policy.ladder import Ladders


@dataclass(frozen=True)
class Judgement:
    """What routing needs to know of a message and its score.

    `probability` (0 to 1) is None where the model and rubric have no calibrator. `draw` is the message's one random
    number in [0, 1), made at intake. `covered` says whether the model was trained on the text's script. A text of
    several `windows` has the margin of its worst, which is higher by chance alone the more there are: no calibrator
    was fitted on such maxima.
    """

    probability: float | None
    category: str
    draw: float
    covered: bool = True
    windows: int = 1


@dataclass(frozen=True)
class Route:
    """`action` is what the ladder says; `case_reason` is set where people must look.

    In the cohort both may hold: the message is acted on, and people judge it blind besides.
    """

    action: str
    case_reason: str | None
    blind: bool
    why: str
    cohort_rate: float | None


def route(judgement: Judgement, ladders: Ladders, audit_rate: float) -> Route:
    """Send a judged message on its way.

    Below `audit_rate` (0 to 1) the draw puts it in the cohort, whatever the ladder says, and its case is blind.
    """
    action, why = _action(judgement, ladders)
    if judgement.draw < audit_rate:
        return Route(action, "borderline" if action == "review" else "audit", True, why, audit_rate)
    return Route(action, "borderline" if action == "review" else None, False, why, None)


def _action(judgement: Judgement, ladders: Ladders) -> tuple[str, str]:
    if judgement.windows > 1:
        return "review", "windows"
    if judgement.probability is None:
        return "review", "uncalibrated"
    if not judgement.covered:
        return "review", "language"
    return ladders.of(judgement.category).rung(judgement.probability).action, "rung"
