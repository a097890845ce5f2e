"""What a source did in a period, and how often what it did by itself was wrong: for `/transparency/` and its CSV."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.db import connection
from django.db.models import Count, Q, Sum
from django.utils.translation import gettext, gettext_lazy

from inference.reliability.curves import wilson
from review.insight.appeal_figures import AppealFigures, appeal_figures
from review.models import AuthorAction, AuthorOutcome, Category, OutcomeCount, Report, RuleVersion, Source

FOUND = {
    "model": gettext_lazy("by the model"),
    "borderline": gettext_lazy("by the model, for people"),
    "trigger": gettext_lazy("by a trigger"),
    "report": gettext_lazy("by a report"),
    "appeal": gettext_lazy("by an appeal"),
    "audit": gettext_lazy("in the random sample"),
    "failure": gettext_lazy("unreadable to the model"),
    "second_opinion": gettext_lazy("by a second opinion"),
    "adjudication": gettext_lazy("by a second opinion"),
    "import": gettext_lazy("imported"),
    "reversal": gettext_lazy("by a reversal"),
    "gold": gettext_lazy("in a test case"),
    "copy": gettext_lazy("by the words of a message decided before"),
}
WHAT = {
    "allow": gettext_lazy("violations among what was allowed automatically"),
    "hide": gettext_lazy("benign among what was hidden automatically"),
    "remove": gettext_lazy("benign among what was removed automatically"),
}

# Of each text that was drawn before routing, acted on automatically, and judged blind by people: its share of labels
# that say violation. What people look at first anyway (supervised rungs) is not automated. An import's word that rows
# were drawn certifies nothing, so it is left out here as well.
_JUDGED = """
WITH judged AS (
    SELECT o.action, l.message_id, l.cohort_rate AS rate, avg(l.violation::int) AS violation
      FROM review_label l
      JOIN review_decision d ON d.id = l.decision_id AND d.undone_at IS NULL AND d.effective_at <= statement_timestamp()
      JOIN review_outcome o ON o.message_id = l.message_id AND o.seq = 1 AND o.decision_id IS NULL AND o.by_id IS NULL
      JOIN review_verdict v ON v.id = o.verdict_id AND v.why <> 'supervised'
     WHERE l.source_id = %(source)s AND l.blind AND l.cohort_rate > 0 AND NOT l.declared
       AND o.effective_at >= %(start)s AND o.effective_at < %(end)s
     GROUP BY 1, 2, 3)
SELECT action, count(*), sum(1 / rate), sum(1 / rate ^ 2),
       sum(CASE WHEN action = 'allow' THEN violation ELSE 1 - violation END / rate)
  FROM judged GROUP BY action ORDER BY action
"""


@dataclass(frozen=True)
class Period:
    """Days in UTC, the last one included."""

    first: date
    last: date

    @property
    def start(self) -> datetime:
        return datetime.combine(self.first, time(), UTC)

    @property
    def end(self) -> datetime:
        """The moment after the last day."""
        return datetime.combine(self.last + timedelta(days=1), time(), UTC)


@dataclass(frozen=True)
class ErrorRate:
    """How often automatic outcomes of an action were wrong, estimated from `n` blind cohort labels weighted by 1/rate.

    The interval is Wilson's, 95 %, at the labels' effective number.
    """

    action: str
    n: int
    share: float
    low: float
    high: float

    @property
    def what(self) -> str:
        return str(WHAT[self.action])


@dataclass(frozen=True)
class Transparency:
    """`outcomes` are rows of what is alike, with their `count`; `reports` says how many ended how.

    `authors` are such rows of what was done to authors; one that `reverses` takes back, and may leave something milder.
    """

    outcomes: list[dict[str, Any]]
    authors: list[dict[str, Any]]
    reports: dict[str, int]
    appeals: AppealFigures
    errors: list[ErrorRate]

    @property
    def restrictions(self) -> list[dict[str, Any]]:
        return [row for row in self.outcomes if row["action"] != "allow"]

    @property
    def restored(self) -> int:
        """Outcomes that let a message stand on which there was another before."""
        return sum(row["count"] for row in self.outcomes if row["action"] == "allow" and row["supersedes"])

    @property
    def allowed(self) -> int:
        return sum(row["count"] for row in self.outcomes if row["action"] == "allow" and not row["supersedes"])

    @property
    def automated(self) -> int:
        """Restrictions that no person decided."""
        return sum(row["count"] for row in self.restrictions if row["automated"])

    @property
    def restricted(self) -> int:
        return sum(row["count"] for row in self.restrictions)


def transparency(source: Source, period: Period) -> Transparency:
    """Everything that the page says, by a handful of statements whatever the number of messages."""
    return Transparency(
        _outcomes(source, period),
        _authors(source, period),
        _reports(source, period),
        appeal_figures(source, period.start, period.end),
        error_rates(source, period),
    )


def error_rates(source: Source, period: Period) -> list[ErrorRate]:
    """The error rate of each action that was taken automatically in the period and of which labels are there."""
    with connection.cursor() as cursor:
        cursor.execute(_JUDGED, {"source": source.pk, "start": period.start, "end": period.end})
        return [_rate(*row) for row in cursor.fetchall()]


def as_rows(found: Transparency) -> Iterator[Sequence[Any]]:
    """The CSV: a header, then a row for each figure. `value`, `low` and `high` are shares, or what it says."""
    yield ("part", "what", "rule", "category", "action", "automated", "found", "count", "value", "low", "high")
    for row in found.outcomes:
        what = "supersedes" if row["supersedes"] else "first"
        automated = "yes" if row["automated"] else "no"
        kind = (row["rule_name"], row["category"], row["action"], automated, row["found"])
        yield ("outcomes", what, *kind, row["count"], "", "", "")
    for row in found.authors:
        what, how = ("reverses" if row["is_reversal"] else "first"), ("yes" if row["automated"] else "no")
        yield ("authors", what, "", "", row["action"], how, row["found"], row["count"], "", "", "")
    for how, count in found.reports.items():
        yield ("reports", how, "", "", "", "", "", count, "", "", "")
    for how in ("waiting", "upheld", "overturned", "erased"):
        yield ("appeals", how, "", "", "", "", "", getattr(found.appeals, how), "", "", "")
    if found.appeals.median is not None:
        share, hours = found.appeals.overturned_share, found.appeals.median / timedelta(hours=1)
        answered = found.appeals.answered
        yield ("appeals", "share overturned", "", "", "", "", "", answered, share, *found.appeals.interval)
        yield ("appeals", "median hours to an answer", "", "", "", "", "", answered, round(hours, 2), "", "")
    for rate in found.errors:
        yield ("errors", rate.what, "", "", rate.action, "yes", "", rate.n, rate.share, rate.low, rate.high)


def _rate(action: str, n: int, weight: float, squares: float, wrong: float) -> ErrorRate:
    share = min(max(wrong / weight, 0.0), 1.0)
    return ErrorRate(action, n, share, *wilson(share, weight**2 / squares))


def _outcomes(source: Source, period: Period) -> list[dict[str, Any]]:
    counts = OutcomeCount.objects.filter(source=source, day__gte=period.first, day__lte=period.last)
    kinds = ("action", "category", "rule__rule", "automated", "found", "supersedes")
    rows = list(counts.values(*kinds).annotate(count=Sum("count")).order_by("-count", *kinds))
    names = _names({row["rule__rule"] for row in rows})
    return [row | _in_words(row, names) for row in rows]


def _in_words(row: dict[str, Any], names: dict[int, str]) -> dict[str, str]:
    """What people read in place of the row's keys."""
    return {
        "rule_name": names.get(row["rule__rule"], ""),
        "label": str(Category(row["category"]).label) if row["category"] else gettext("No category"),
        "how": str(FOUND.get(row["found"], row["found"])),
    }


def _names(rules: set[int | None]) -> dict[int, str]:
    """The rules (ids) by name, as their last version has it in its main locale."""
    last = RuleVersion.objects.filter(rule__in=rules - {None}).order_by("rule", "-version").distinct("rule")
    return {version.rule_id: version.name for version in last}


def _authors(source: Source, period: Period) -> list[dict[str, Any]]:
    """Steps are kept for good, and only forget whom they were about, so they are counted as they stand."""
    made = AuthorOutcome.objects.filter(source=source, created_at__gte=period.start, created_at__lt=period.end)
    kinds = ("action", "automated", "is_reversal", "is_decided")
    rows = made.annotate(
        automated=Q(by=None), is_reversal=Q(reverses__isnull=False), is_decided=Q(decision__isnull=False)
    )
    counted = rows.values(*kinds).annotate(count=Count("pk")).order_by("-count", *kinds)
    return [
        {**row, "label": AuthorAction(row["action"]).label, "found": _came_of(row["is_decided"], row["automated"])}
        for row in counted
    ]


def _came_of(is_decided: bool, automated: bool) -> str:
    """What brought a step on an author about: a `decision` on a case, `strikes`, or a `person` who took it back."""
    return "decision" if is_decided else "strikes" if automated else "person"


def _reports(source: Source, period: Period) -> dict[str, int]:
    made = Report.objects.filter(reporter__source=source, created_at__gte=period.start, created_at__lt=period.end)
    ends = {
        "upheld": Q(upheld=True),
        "rejected": Q(upheld=False),
        "waiting": Q(resolved_at=None),
        "erased": Q(resolved_at__isnull=False, upheld=None),
        "illegal": Q(illegal=True),
    }
    counts = made.aggregate(**{f"count_{name}": Count("pk", filter=which) for name, which in ends.items()})
    return {name: counts[f"count_{name}"] for name in ends}
