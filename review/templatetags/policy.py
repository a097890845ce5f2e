"""Risk targets, rungs and estimates as people say them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django import template
from django.utils import timezone
from django.utils.dateformat import format as date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, gettext_lazy, ngettext

from inference.guarantees.bounds import delta_of_attempt
from review.models import CertificationAttempt, RiskTarget, Watch
from review.numbers import number as written
from review.policy.page import TargetRow
from review.policy.whatif import Estimate
from review.sentences import action_word
from review.templatetags.moddog import iso

register = template.Library()
register.filter("action_word", action_word)

PROMISES = {
    RiskTarget.Kind.WRONG_REMOVALS: gettext_lazy("At most %(risk)s benign among what is %(done)s"),
    RiskTarget.Kind.FALSE_POSITIVES: gettext_lazy("At most %(risk)s of all that is benign is %(done)s"),
    RiskTarget.Kind.MISSES: gettext_lazy("At most %(risk)s violations among what is %(done)s"),
    RiskTarget.Kind.VIOLATIONS: gettext_lazy("At most %(risk)s of all violations is %(done)s"),
}
DONE = {"allow": gettext_lazy("allowed"), "hide": gettext_lazy("hidden"), "remove": gettext_lazy("removed")}


@register.filter
def promise(target: RiskTarget) -> str:
    """A risk target in one sentence, without its confidence."""
    words = str(PROMISES[RiskTarget.Kind(target.kind)])
    return words % {"risk": fine_percent(target.risk), "done": DONE[target.action]}


@register.filter
def tenth_percent(share: float | None) -> str:
    """0.0412 as "4.1 %"; what is not quite nothing or everything does not read as if it were."""
    if share is None:
        return gettext("unknown")
    if 0 < share < 0.0005:
        return gettext("under %(share)s") % {"share": f"{written(0.1, '')} %"}
    if 0.9995 < share < 1:
        return gettext("over %(share)s") % {"share": f"{written(99.9, '')} %"}
    return f"{written(float(f'{share * 100:.1f}'), ',.10g')} %"


@register.filter
def fine_percent(share: float | None) -> str:
    """0.00934 as "0.93 %"; three digits at most."""
    return gettext("unknown") if share is None else f"{written(share * 100, '.3g')} %"


@register.filter
def confidence(delta: float) -> str:
    """0.05 as "95 %"."""
    return f"{written((1 - delta) * 100, '.3g')} %"


@register.filter
def signed(margin: float) -> str:
    """2.5 as "+2.50"."""
    return written(margin, "+.2f")


@register.filter
def weeks(number: float) -> str:
    """Weeks as people say them: 3 days, 11 weeks, over 10 years."""
    if number > 520:
        return gettext("over 10 years")
    if number > 104:
        return gettext("%(count)s years") % {"count": f"{number / 52.18:.0f}"}
    if number < 2:
        days = max(1, round(number * 7))
        return ngettext("%(days)s day", "%(days)s days", days) % {"days": days}
    return gettext("%(count)s weeks") % {"count": f"{number:.0f}"}


@register.filter
def counted(number: float) -> int:
    """For the choice between one and many: what is no whole number is many."""
    return int(number) if number == int(number) else 2


@register.filter
def day(at: datetime) -> SafeString:
    """The day of a moment, which the page shows as that of its reader."""
    shown = date_format(timezone.localtime(at), "j M Y")
    return format_html('<time datetime="{}" data-show="day">{}</time>', iso(at), shown)


@register.filter
def rung_field(field: Any, row: Mapping[str, Any]) -> str:
    """What a threshold of the form is called, for whoever does not see where it stands."""
    action = field.name.removeprefix(f"{row['name']}-")
    return gettext("%(ladder)s: %(action)s from, percent") % {"ladder": row["label"], "action": action_word(action)}


@register.filter
def estimate(found: Estimate | None) -> str:
    """A share with its interval and count; never a bare "0 of n"."""
    if found is None:
        return gettext("unknown: none judged blind")
    return gettext("%(share)s (%(low)s to %(high)s, %(labels)s judged blind)") % {
        "share": tenth_percent(found.share),
        "low": tenth_percent(found.low),
        "high": tenth_percent(found.high),
        "labels": written(found.labels),
    }


@register.filter
def load(a_day: Mapping[str, float | None]) -> str:
    """Cases and hours a day."""
    cases, hours = written(a_day["cases"] or 0, ",.0f"), a_day["hours"]
    if hours is None:
        return gettext("%(cases)s cases a day") % {"cases": cases}
    return gettext("%(cases)s cases, %(hours)s h a day") % {"cases": cases, "hours": written(hours, ".1f")}


@register.filter
def rung_words(rung: Mapping[str, Any]) -> str:
    """A rung of a stored ladder in a few words."""
    if "certified" in rung:
        words = gettext("%(action)s from margin %(margin)s")
        if rung["action"] == "allow":
            words = gettext("%(action)s to margin %(margin)s")
        return words % {"action": action_word(rung["action"]), "margin": signed(rung["certified"]["margin"])}
    words = gettext("%(action)s from %(share)s")
    if rung.get("supervised"):
        words = gettext("%(action)s from %(share)s, people first")
    return words % {"action": action_word(rung["action"]), "share": f"{written(rung['at'] * 100, '.4g')} %"}


@register.filter
def method_words(found: CertificationAttempt) -> str:
    """How the bound was made."""
    if found.method == "binomial":
        return gettext("an exact binomial bound")
    words = gettext("a betting bound over unequal rates; thinned to equal ones, the exact bound is %(bound)s")
    return words % {"bound": fine_percent(found.check_bound)}


@register.filter
def next_delta(row: TargetRow) -> float:
    """What the next certification attempt spends."""
    return delta_of_attempt(row.target.delta, row.attempts + 1)


@register.filter
def notices(watch: Watch) -> str:
    """How soon the watchdog would notice each rise of the risk, in one sentence."""
    words = gettext("%(times)s times what is promised, after about %(outcomes)s messages (%(weeks)s)")
    rises = [
        words % {"times": times, "outcomes": written(outcomes, ",.0f"), "weeks": weeks(a_week)}
        for times, (outcomes, a_week) in watch.delays.items()
    ]
    return gettext("It would notice a share of %(rises)s.") % {"rises": gettext("; of ").join(rises)} if rises else ""
