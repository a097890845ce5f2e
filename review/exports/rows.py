"""What can be exported, a page at a time by key. No transaction is open between two pages, or while one is written.

A page is so many keys of the whole table, whatever of them is asked for: no page has to look for its rows for long.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from django.db import connection
from django.db.models import Max, Model, QuerySet

from review.enforcement.outcomes import IN_FORCE
from review.enforcement.verdicts_as_json import verdicts_as_json
from review.models import Decision, Message, Source, Verdict

Row = dict[str, Any]
M = TypeVar("M", bound=Model)
TEXT, NUMBER, WHOLE, TRUTH, MOMENT, TEXTS, DATA = "text", "number", "whole", "truth", "moment", "texts", "data"
"""Kinds of columns: `texts` is a list of them, `data` any JSON."""


@dataclass(frozen=True)
class RowFilter:
    """Which rows: of one source or of all, since a moment or from the beginning."""

    source: Source | None = None
    since: datetime | None = None

    def narrow(self, rows: QuerySet[M], source: str, since: str) -> QuerySet[M]:
        """Those of `rows` that it asks for; `source` and `since` name the fields that it goes by."""
        if self.source:
            rows = rows.filter(**{source: self.source})
        return rows.filter(**{f"{since}__gte": self.since}) if self.since else rows


@dataclass(frozen=True)
class Export:
    """Columns by name with their kind, and how the rows with keys above `after`, up to `last`, are read."""

    model: type[Model]
    columns: dict[str, str]
    read: Callable[[RowFilter, int, int], Iterator[Row]]
    page: int


def pages(export: Export, row_filter: RowFilter) -> Iterator[tuple[int, list[Row]]]:
    """How many keys each page went through, and which rows of them pass, oldest first; up to the newest key now."""
    keys = export.model._default_manager.order_by("pk").values_list("pk", flat=True)
    end, after = newest(export), 0
    while page := list(keys.filter(pk__gt=after, pk__lte=end)[: export.page]):
        yield len(page), list(export.read(row_filter, after, page[-1]))
        after = page[-1]


def newest(export: Export) -> int:
    """The newest key: what comes later is not part of an export."""
    return export.model._default_manager.aggregate(newest=Max("pk"))["newest"] or 0


_OUTCOME = IN_FORCE.format(column="o.action", message="m.id", also="true")
_MESSAGES = f"""
SELECT m.external_id, s.slug, m.author, m.channel, m.thread, m.text, m.sent_at, m.received_at, m.context, m.metadata,
       ({_OUTCOME})
  FROM review_message m JOIN review_source s ON s.id = m.source_id
 WHERE m.id > %(after)s AND m.id <= %(last)s AND (%(source)s::bigint IS NULL OR m.source_id = %(source)s)
   AND NOT EXISTS (SELECT FROM review_golditem g WHERE g.message_id = m.id)
   AND (%(since)s::timestamptz IS NULL OR m.received_at >= %(since)s)
 ORDER BY m.id
"""  # noqa: S608 - a constant of ours
MESSAGE_COLUMNS = {
    **dict.fromkeys(("id", "source", "author", "channel", "thread", "text"), TEXT),
    **dict.fromkeys(("sent_at", "received_at"), MOMENT),
    **dict.fromkeys(("context", "metadata"), DATA),
    "outcome": TEXT,
}

_DECISIONS = """
SELECT d.id, s.slug, d.case_id, c.reason, c.blind, d.category, d.action, u.username, d.note, r.rule_id, r.version,
       d.created_at, d.effective_at,
       ARRAY(SELECT m.external_id FROM review_casemember cm JOIN review_message m ON m.id = cm.message_id
              WHERE cm.case_id = d.case_id ORDER BY m.id)
  FROM review_decision d JOIN review_case c ON c.id = d.case_id JOIN review_source s ON s.id = c.source_id
  JOIN review_user u ON u.id = d.by_id LEFT JOIN review_ruleversion r ON r.id = d.rule_id
 WHERE d.id > %(after)s AND d.id <= %(last)s AND (%(source)s::bigint IS NULL OR c.source_id = %(source)s)
   AND (%(since)s::timestamptz IS NULL OR d.created_at >= %(since)s)
   AND d.undone_at IS NULL AND d.effective_at <= statement_timestamp() AND c.reason <> 'gold'
 ORDER BY d.id
"""
DECISION_COLUMNS = {
    **{"id": WHOLE, "source": TEXT, "case": WHOLE, "reason": TEXT, "blind": TRUTH},
    **dict.fromkeys(("category", "action", "by", "note"), TEXT),
    **dict.fromkeys(("rule", "rule_version"), WHOLE),
    **dict.fromkeys(("decided_at", "effective_at"), MOMENT),
    "messages": TEXTS,
}

VERDICT_COLUMNS = {
    **{"id": TEXT, "source": TEXT, "judged_at": MOMENT, "flag": TRUTH, "category": TEXT},
    **dict.fromkeys(("probability", "confidence", "margin"), NUMBER),
    **{"categories": DATA, "route": TEXT, "reason": TEXT, "emitted_confidence": NUMBER, "model": TEXT},
    **dict.fromkeys(("rubric", "calibrator", "policy"), WHOLE),
    **{"why": TEXT, "windows": WHOLE, "worst_window": WHOLE, "bounded": TRUTH, "deferred": TRUTH},
}


def _by_sql(sql: str, columns: dict[str, str]) -> Callable[[RowFilter, int, int], Iterator[Row]]:
    parsed = [index for index, kind in enumerate(columns.values()) if kind == DATA]

    def read(row_filter: RowFilter, after: int, last: int) -> Iterator[Row]:
        source = row_filter.source.pk if row_filter.source else None
        with connection.cursor() as cursor:
            cursor.execute(sql, {"after": after, "last": last, "source": source, "since": row_filter.since})
            found = cursor.fetchall()
        for values in map(list, found):
            for index in parsed:
                values[index] = json.loads(values[index]) if isinstance(values[index], str) else values[index]
            yield dict(zip(columns, values, strict=True))

    return read


def _verdicts(row_filter: RowFilter, after: int, last: int) -> Iterator[Row]:
    verdicts = Verdict.objects.filter(pk__gt=after, pk__lte=last).order_by("pk")
    verdicts = row_filter.narrow(verdicts, "message__source", "created_at")
    found = list(verdicts.values_list("pk", "message__source__slug", "created_at"))
    told = verdicts_as_json([pk for pk, _, _ in found])
    for pk, source, judged_at in found:
        row = told[pk] | {"source": source, "judged_at": judged_at}
        yield {name: row[name] for name in VERDICT_COLUMNS}


EXPORTS = {
    "messages": Export(Message, MESSAGE_COLUMNS, _by_sql(_MESSAGES, MESSAGE_COLUMNS), 500),
    "decisions": Export(Decision, DECISION_COLUMNS, _by_sql(_DECISIONS, DECISION_COLUMNS), 200),
    "verdicts": Export(Verdict, VERDICT_COLUMNS, _verdicts, 1_000),
}
