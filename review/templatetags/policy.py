"""Risk targets, rungs and estimates as people say them."""

from collections.abc import Mapping
from typing import Any

from django import template

from inference.guarantees.bounds import delta_of_attempt
from review.models import CertificationAttempt, RiskTarget, Watch
from review.policy.page import TargetRow
from review.policy.whatif import Estimate

register = template.Library()

PROMISES = {
    RiskTarget.Kind.WRONG_REMOVALS: "At most {risk} benign among what is {done}",
    RiskTarget.Kind.FALSE_POSITIVES: "At most {risk} of all that is benign is {done}",
    RiskTarget.Kind.MISSES: "At most {risk} violations among what is {done}",
    RiskTarget.Kind.VIOLATIONS: "At most {risk} of all violations is {done}",
}
DONE = {"allow": "allowed", "hide": "hidden", "remove": "removed"}


@register.filter
def promise(target: RiskTarget) -> str:
    """A risk target in one sentence, without its confidence."""
    return PROMISES[RiskTarget.Kind(target.kind)].format(risk=fine_percent(target.risk), done=DONE[target.action])


@register.filter
def tenth_percent(share: float | None) -> str:
    """0.0412 as "4.1 %"; what is not quite nothing or everything does not read as if it were."""
    if share is None:
        return "unknown"
    if 0 < share < 0.0005:
        return "under 0.1 %"
    if 0.9995 < share < 1:
        return "over 99.9 %"
    return f"{share * 100:.1f} %".replace(".0 %", " %")


@register.filter
def fine_percent(share: float | None) -> str:
    """0.00934 as "0.93 %"; three digits at most."""
    return "unknown" if share is None else f"{share * 100:.3g} %"


@register.filter
def confidence(delta: float) -> str:
    """0.05 as "95 %"."""
    return f"{(1 - delta) * 100:.3g} %"


@register.filter
def signed(margin: float) -> str:
    """2.5 as "+2.50"."""
    return f"{margin:+.2f}"


@register.filter
def weeks(number: float) -> str:
    """Weeks as people say them: 3 days, 11 weeks, over 10 years."""
    if number > 520:
        return "over 10 years"
    if number > 104:
        return f"{number / 52.18:.0f} years"
    if number < 2:
        days = max(1, round(number * 7))
        return f"{days} day{'' if days == 1 else 's'}"
    return f"{number:.0f} weeks"


@register.filter
def estimate(found: Estimate | None) -> str:
    """A share with its interval and count; never a bare "0 of n"."""
    if found is None:
        return "unknown: none judged blind"
    span = f"{tenth_percent(found.low)} to {tenth_percent(found.high)}"
    return f"{tenth_percent(found.share)} ({span}, {found.labels:,} judged blind)"


@register.filter
def load(a_day: Mapping[str, float | None]) -> str:
    """Cases and hours a day."""
    cases = f"{a_day['cases']:,.0f} cases"
    hours = a_day["hours"]
    return f"{cases} a day" if hours is None else f"{cases}, {hours:.1f} h a day"


@register.filter
def rung_words(rung: Mapping[str, Any]) -> str:
    """A rung of a stored ladder in a few words."""
    if "certified" in rung:
        side = "to" if rung["action"] == "allow" else "from"
        return f"{rung['action']} {side} margin {signed(rung['certified']['margin'])}"
    who = ", people first" if rung.get("supervised") else ""
    return f"{rung['action']} from {rung['at'] * 100:.4g} %{who}"


@register.filter
def method_words(found: CertificationAttempt) -> str:
    """How the bound was made."""
    if found.method == "binomial":
        return "an exact binomial bound"
    check = fine_percent(found.check_bound)
    return f"a betting bound over unequal rates; thinned to equal ones, the exact bound is {check}"


@register.filter
def next_delta(row: TargetRow) -> float:
    """What the next certification attempt spends."""
    return delta_of_attempt(row.target.delta, row.attempts + 1)


@register.filter
def notices(watch: Watch) -> str:
    """How soon the watchdog would notice each rise of the risk, in one sentence."""
    rises = [
        f"{times} times what is promised, after about {outcomes:,.0f} messages ({weeks(a_week)})"
        for times, (outcomes, a_week) in watch.delays.items()
    ]
    return f"It would notice a share of {'; of '.join(rises)}." if rises else ""
