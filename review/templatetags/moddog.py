"""Figures as people say them, and what the header shows."""

import json
from datetime import datetime, timedelta

from django import template
from django.contrib.humanize.templatetags.humanize import intcomma
from django.utils import timezone
from django.utils.dateformat import format as date_format
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext, gettext_lazy, ngettext

from review import foreign_text
from review.enforcement.queue_summary import LIMIT, QueueSummary
from review.enforcement.queue_summary import queue_summary as summary_of
from review.models import Action
from review.numbers import number as written
from review.people.language import words_address
from review.sentences import in_sentence
from review.stored_words import in_readers_words

register = template.Library()
LONGEST_VALUE = 160
DONE = {
    Action.ALLOW: gettext_lazy("Allowed"),
    Action.HIDE: gettext_lazy("Hidden"),
    Action.REMOVE: gettext_lazy("Removed"),
}
SPANS = {"day": gettext_lazy("A day"), "week": gettext_lazy("A week"), "month": gettext_lazy("A month")}
OVER_THE_LAST = {
    "day": gettext_lazy("%(chart)s, over the last day"),
    "week": gettext_lazy("%(chart)s, over the last week"),
    "month": gettext_lazy("%(chart)s, over the last month"),
}
STEPS = {"warn": gettext_lazy("Warn them"), "mute": gettext_lazy("Mute them"), "ban": gettext_lazy("Ban them")}


@register.simple_tag(takes_context=True)
def queue_summary(context: template.Context) -> QueueSummary:
    """The work that waits for the signed-in person: counted once a page."""
    known = context.get("summary")
    return known if isinstance(known, QueueSummary) else summary_of(context["user"])


register.filter("intcomma", intcomma)
register.filter("in_sentence", in_sentence)
register.filter("known_words", in_readers_words)
register.simple_tag(words_address)


@register.filter
def many(number: int, limit: int = LIMIT) -> str:
    """A count that stopped at the limit, as "10,000+"."""
    return f"{written(limit)}+" if number > limit else written(number)


@register.filter
def percent(share: float | None) -> str:
    """0.58 as "58 %"; what is not quite nothing or everything does not read as if it were."""
    if share is None:
        return gettext("unknown")
    if 0 < share < 0.01:
        return gettext("under 1 %")
    if 0.99 < share < 1:
        return gettext("over 99 %")
    return f"{share * 100:.0f} %"


@register.filter
def alarms(number: int) -> str:
    """How many alarms there are."""
    return ngettext("%(alarms)s alarm", "%(alarms)s alarms", number) % {"alarms": number}


@register.filter
def points(share: float) -> str:
    """A difference of two shares in percentage points, with its sign: -12, +3."""
    return f"{100 * share:+.0f}"


@register.filter
def hundredths(share: float) -> str:
    """0.4127 as ".41"; 1 as "1.00"."""
    return written(share, ".2f").removeprefix("0") if share < 0.995 else written(1, ".2f")


@register.filter
def span(length: timedelta) -> str:
    """A length of time in its largest unit: 40 s, 14 min, 3 h, 6 days."""
    seconds = max(0, int(length.total_seconds()))
    if seconds < 60:
        return f"{seconds} s"
    if seconds < 3600:
        return f"{seconds // 60} min"
    if seconds < 48 * 3600:
        return f"{seconds // 3600} h"
    return gettext("%(count)s days") % {"count": seconds // 86400}


@register.filter
def a_span(name: str) -> str:
    """How far back a chart goes, on a button."""
    return str(SPANS[name])


@register.filter
def over_the_last(chart: str, name: str) -> str:
    """The title of a chart with how far back it goes."""
    return str(OVER_THE_LAST[name]) % {"chart": chart}


@register.filter
def since(moment: datetime) -> str:
    """How long ago `moment` was, as `span` says it."""
    return span(timezone.now() - moment)


@register.filter
def ago(moment: datetime) -> SafeString:
    """How long ago, counted on by the page itself."""
    shown = gettext("%(span)s ago") % {"span": since(moment)}
    return format_html('<time datetime="{}" data-show="ago">{}</time>', iso(moment), shown)


@register.filter
def moment(at: datetime) -> SafeString:
    """When something was: a UTC date and time, which the page shows as that of its reader."""
    shown = date_format(timezone.localtime(at), "j M Y, H:i")
    return format_html('<time datetime="{}" data-show="both">{} UTC</time>', iso(at), shown)


@register.filter
def clock_time(at: datetime) -> SafeString:
    """An hour and minute, which the page shows in the zone of its reader."""
    shown = date_format(timezone.localtime(at), "H:i")
    return format_html('<time datetime="{}" data-show="clock">{}</time>', iso(at), shown)


@register.filter
def seconds_left(moment: datetime | None) -> int:
    """Whole seconds until `moment`; 0 once it has passed."""
    return max(0, round((moment - timezone.now()).total_seconds())) if moment else 0


@register.filter
def said(text: object | None) -> SafeString:
    """What somebody wrote: characters that hide, or turn the line round, show as marks. For an element that has
    `dir="auto"`.
    """
    return mark_safe(foreign_text.marked("" if text is None else str(text), _mark, escape))  # noqa: S308 - every part of it is escaped


@register.filter
def name(text: object) -> SafeString:
    """A name, channel or id among other words: as `said`, and its direction is kept to itself."""
    return format_html("<bdi>{}</bdi>", said(text))


@register.filter
def plain_name(text: object) -> str:
    """As `name`, where there can be no markup: a title, an attribute."""
    return foreign_text.isolated(str(text))


@register.filter
def iso(moment: datetime) -> str:
    """For `<time datetime>`, to the second."""
    return moment.isoformat(timespec="seconds")


@register.filter
def clock(seconds: int) -> str:
    """108 as 1:48."""
    return f"{seconds // 60}:{seconds % 60:02}"


@register.filter
def as_value(value: object) -> SafeString:
    """A value of the audit log: what is nothing is said so, and what is long is cut: the export has it all."""
    if value is None or value == "":
        return format_html('<span class="soft">{}</span>', gettext("nothing"))
    if isinstance(value, bool):
        return escape(gettext("yes") if value else gettext("no"))
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return said(text if len(text) <= LONGEST_VALUE else f"{text[:LONGEST_VALUE]}…")


@register.filter
def done(action: str) -> str:
    """An action as something that has happened."""
    return str(DONE[Action(action)])


@register.filter
def step_words(action: str) -> str:
    """What may be done to an author, as a request."""
    return str(STEPS[str(action)])


def _mark(character: str, times: int) -> SafeString:
    code, title = foreign_text.code_of(character), foreign_text.name_of(character)
    often = f" × {written(times)}" if times > 1 else ""  # noqa: RUF001 - a sign of multiplication
    return format_html('<i class="mark" title="{}">{}{}</i>', title, code, often)
