"""What people's decisions are held against: colleagues who judged the same, known answers, and adjudications."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from review.models import Source

WINDOW = timedelta(days=90)
MOST = 50_000
LATELY, LONG = timedelta(days=30), timedelta(days=210)
"""A person is compared with themselves: the last 30 days with the half year before."""

_PAIRS = """
SELECT a.category, b.category, a.by_id, b.by_id, a.case_id, ka.blind, ra.rule_id, rb.rule_id
  FROM review_secondopinion s
  JOIN review_decision a ON a.id = s.first_id
  JOIN review_case ka ON ka.id = a.case_id AND ka.source_id = %(source)s
  JOIN review_decision b ON b.case_id = s.case_id AND b.undone_at IS NULL AND b.effective_at <= %(at)s
  LEFT JOIN review_ruleversion ra ON ra.id = a.rule_id
  LEFT JOIN review_ruleversion rb ON rb.id = b.rule_id
 WHERE b.created_at > %(since)s
 ORDER BY s.id DESC LIMIT %(most)s
"""
_ANSWERS = """
SELECT g.category, d.category, d.by_id
  FROM review_golditem g
  JOIN review_goldshowing w ON w.item_id = g.id
  JOIN review_decision d ON d.case_id = w.case_id AND d.undone_at IS NULL AND d.effective_at <= %(at)s
 WHERE g.source_id = %(source)s AND d.created_at > %(since)s
 ORDER BY d.id DESC LIMIT %(most)s
"""
_CHECKED = """
WITH held AS (
  SELECT s.first_id, s.case_id, c.category
    FROM review_secondopinion s JOIN review_case k ON k.id = s.adjudication_id AND k.source_id = %(source)s
    JOIN review_decision c ON c.case_id = s.adjudication_id AND c.undone_at IS NULL AND c.effective_at <= %(at)s
), checked AS (
  SELECT d.by_id, d.category = g.category AS is_right, d.created_at
    FROM review_golditem g JOIN review_goldshowing w ON w.item_id = g.id
    JOIN review_decision d ON d.case_id = w.case_id AND d.undone_at IS NULL AND d.effective_at <= %(at)s
   WHERE g.source_id = %(source)s
  UNION ALL
  SELECT d.by_id, d.category = h.category, d.created_at FROM held h JOIN review_decision d ON d.id = h.first_id
  UNION ALL
  SELECT d.by_id, d.category = h.category, d.created_at
    FROM held h JOIN review_decision d ON d.case_id = h.case_id AND d.undone_at IS NULL AND d.effective_at <= %(at)s
)
SELECT by_id,
       count(*) FILTER (WHERE is_right AND created_at > %(lately)s),
       count(*) FILTER (WHERE created_at > %(lately)s),
       count(*) FILTER (WHERE is_right AND created_at <= %(lately)s),
       count(*) FILTER (WHERE created_at <= %(lately)s)
  FROM checked WHERE created_at > %(long)s GROUP BY by_id
"""


@dataclass(frozen=True)
class Pair:
    """Two decisions on one text, each by another person; `blind` where the first one was too.

    The rules are None where there was none to go by, as for what is benign.
    """

    first: str
    second: str
    by: int
    second_by: int
    case: int
    blind: bool
    rule: int | None = None
    second_rule: int | None = None


@dataclass(frozen=True)
class Answer:
    """What somebody answered to a gold item."""

    known: str
    given: str
    by: int


def pairs_of(source: Source, at: datetime) -> list[Pair]:
    """What two people judged, of the WINDOW before `at`, the newest first; at most MOST."""
    return [Pair(*row) for row in _rows(_PAIRS, source, at)]


def answers_of(source: Source, at: datetime) -> list[Answer]:
    """What was answered to gold items, of the same time."""
    return [Answer(*row) for row in _rows(_ANSWERS, source, at)]


def checked(source: Source, at: datetime) -> dict[int, tuple[int, int, int, int]]:
    """By person: how often they were right lately, of how many, and both in the half year before."""
    return {person: (right, n, before, n_before) for person, right, n, before, n_before in _rows(_CHECKED, source, at)}


def _rows(sql: str, source: Source, at: datetime) -> list[Any]:
    values: dict[str, Any] = {"source": source.pk, "at": at, "since": at - WINDOW, "most": MOST, "lately": at - LATELY}
    with connection.cursor() as cursor:
        cursor.execute(sql, values | {"long": at - LONG})
        found: list[Any] = cursor.fetchall()
    return found
