"""Who reports, and how often they were right."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from django.db import connection, transaction
from django.utils import timezone

from inference.reliability.curves import wilson
from review.models import Case, Report, Reporter, RuleVersion, User
from review.records import audit
from review.registry.rules import versions_of

LOOKED_AT = 1_000
SHOWN = 5
COUNTED = 1_000

_RECORDS = """
SELECT asked.id, count(*), count(latest.upheld), count(*) FILTER (WHERE latest.upheld)
  FROM unnest(%(ids)s::bigint[]) AS asked (id)
 CROSS JOIN LATERAL (SELECT upheld FROM review_report
                      WHERE reporter_id = asked.id ORDER BY id DESC LIMIT %(looked_at)s) AS latest
 GROUP BY asked.id
"""


@dataclass(frozen=True)
class ReporterRecord:
    """Of a reporter's latest LOOKED_AT reports: how many people have decided about, and in how many of them they found
    a violation."""

    reports: int = 0
    resolved: int = 0
    upheld: int = 0

    @property
    def precision(self) -> float | None:
        """The share of decided reports that were right; None before the first."""
        return self.upheld / self.resolved if self.resolved else None

    @property
    def interval(self) -> tuple[float, float]:
        """Wilson's 95 % interval of it; all of 0 to 1 before the first."""
        return wilson(self.precision or 0.0, self.resolved)


@dataclass(frozen=True)
class ReportShown:
    """A report, its reporter's record, and the rule that it names as that reads now."""

    report: Report
    record: ReporterRecord
    rule: RuleVersion | None


@dataclass(frozen=True)
class Reports:
    """The reports on a case's messages: the newest SHOWN, of `count`, which is at most COUNTED + 1."""

    count: int
    newest: list[ReportShown]

    @property
    def others(self) -> int:
        return self.count - len(self.newest)


def reports_of(case: Case) -> Reports | None:
    """The reports on what is in the case, or None where there are none. Not for sealed cases."""
    reports = Report.objects.filter(message__memberships__case=case).select_related("reporter")
    newest = list(reports.order_by("-pk")[:SHOWN])
    if not newest:
        return None
    records = records_of({report.reporter_id for report in newest})
    rules = versions_of({report.rule_id for report in newest if report.rule_id})
    shown = [ReportShown(each, records[each.reporter_id], rules.get(each.rule_id or 0)) for each in newest]
    return Reports(reports[: COUNTED + 1].count() if len(newest) == SHOWN else len(newest), shown)


def records_of(reporters: Collection[int]) -> dict[int, ReporterRecord]:
    """The record of each of these reporters (ids)."""
    with connection.cursor() as cursor:
        cursor.execute(_RECORDS, {"ids": list(reporters), "looked_at": LOOKED_AT})
        found = {pk: ReporterRecord(*counts) for pk, *counts in cursor.fetchall()}
    return {pk: found.get(pk, ReporterRecord()) for pk in reporters}


def with_records(reporters: Sequence[Reporter]) -> list[tuple[Reporter, ReporterRecord]]:
    records = records_of([reporter.pk for reporter in reporters])
    return [(reporter, records[reporter.pk]) for reporter in reporters]


@transaction.atomic
def mute(reporter: Reporter, by: User, *, muted: bool) -> bool:
    """Have what the reporter says from now on move nothing, or be heard again; whether that changed anything."""
    changed = Reporter.objects.filter(pk=reporter.pk, muted_at__isnull=muted).update(
        muted_at=timezone.now() if muted else None, muted_by=by if muted else None
    )
    if changed:
        audit.record(by, "muted reporter" if muted else "unmuted reporter", reporter, reporter.source)
    return bool(changed)
