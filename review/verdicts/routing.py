"""Routing: what happens to judged messages. Pure; the same answer for the same input."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from review.registry.ladder import ALLOW, REVIEW, Ladders, SetupKey
from review.verdicts.cohort import is_drawn
from review.verdicts.rung_choice import take


@dataclass(frozen=True)
class Judgement:
    """What routing needs to know of a message and its score.

    `probability` (0 to 1) is None where the model and rubric have no calibrator. `draw` is the message's one random
    number in [0, 1), made at intake. `covered` says whether the model was trained on the text's language, or the source
    has it judged all the same; `plain` whether it is plain text once disguises are undone. A text of
    several `windows` has the margin of its worst, which is higher by chance alone the more there are: no calibrator
    was fitted on such maxima. `trigger` is the effect of the trigger that decides, where one does; `triggers_failed`
    says that they could not be matched.
    """

    probability: float | None
    margin: float
    category: str
    draw: float
    covered: bool = True
    plain: bool = True
    windows: int = 1
    trigger: str | None = None
    triggers_failed: bool = False


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


Terms = tuple[Ladders, float]
"""Of a source: its ladders, and the share (0 to 1) of messages judged blind where a rung names none."""


def route(judgements: Sequence[Judgement], terms: Sequence[Terms], setup_key: SetupKey) -> list[Route]:
    """Send judged messages on their way, each under the terms of its source.

    The rate is that of the rung's stratum, or the audit rate. Below it the draw puts the message in the cohort, and its
    case is blind.
    """
    ways: list[Way] = [_past_the_ladder(one, rate) for one, (_, rate) in zip(judgements, terms, strict=True)]
    by_ladder: dict[tuple[int, str], list[int]] = defaultdict(list)
    for place, way in enumerate(ways):
        if way is None:
            by_ladder[id(terms[place][0]), judgements[place].category].append(place)
    for places in by_ladder.values():
        ladders, audit_rate = terms[places[0]]
        there = [judgements[place] for place in places]
        for place, way in zip(places, _by_ladder(there, ladders, audit_rate, setup_key), strict=True):
            ways[place] = way
    return [_route(one, *way) for one, way in zip(judgements, ways, strict=True) if way]


Way = tuple[str, str, float] | None
"""The action, why, and the rate at which messages like it are judged blind; None where the ladder says."""


def _past_the_ladder(judgement: Judgement, audit_rate: float) -> Way:
    """What decides, or stops automatic action, before the ladder is asked: triggers first."""
    if judgement.triggers_failed:
        return REVIEW, "triggers_failed", audit_rate
    if judgement.trigger and not (judgement.trigger == ALLOW and not _is_read(judgement)):
        return judgement.trigger, "trigger", audit_rate
    if judgement.windows > 1:
        return REVIEW, "windows", audit_rate
    if judgement.probability is None:
        return REVIEW, "uncalibrated", audit_rate
    if not (judgement.covered and judgement.plain):
        return REVIEW, "disguised" if judgement.covered else "language", audit_rate
    return None


def _is_read(judgement: Judgement) -> bool:
    """Whether the model can judge all of it. Else an allowed phrase says nothing of the rest."""
    return judgement.covered and judgement.plain and judgement.windows == 1


def _by_ladder(
    judgements: Sequence[Judgement], ladders: Ladders, audit_rate: float, setup_key: SetupKey
) -> Iterator[Way]:
    """The ways of messages of one likeliest violation under one policy."""
    probabilities, margins = [one.probability for one in judgements], [one.margin for one in judgements]
    taken = take(ladders.of(judgements[0].category), probabilities, margins, setup_key)  # type: ignore[arg-type]
    rates = taken.rates(audit_rate).tolist()
    for action, supervised, rate in zip(taken.actions, taken.supervised.tolist(), rates, strict=True):
        yield action, "supervised" if supervised else "rung", rate


def _route(judgement: Judgement, action: str, why: str, rate: float) -> Route:
    waiting = "trigger" if why == "trigger" else "borderline"
    reason = waiting if action == REVIEW else None
    if is_drawn(judgement.draw, rate):
        return Route(action, reason or "audit", True, why, rate, rate)
    return Route(action, reason, False, why, rate, None)
