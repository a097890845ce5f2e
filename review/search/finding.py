"""The search itself: by words, author, channel, outcome, time and the platform's own id. Pages by key, newest first."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import OperationalError, connection, transaction
from psycopg import errors

from review.enforcement.outcomes import IN_FORCE
from review.models import Message, Source

PAGE = 50
PATIENCE = 3_000  # ms that one search may take
NO_OUTCOME = "none"

# While a message waits in a blind case, what was done to it neither shows nor filters: not by the policy, and where it
# waits for a second opinion, not by a colleague.
SEALED = """EXISTS (
    SELECT FROM review_casemember cm JOIN review_case c ON c.id = cm.case_id
     WHERE cm.message_id = m.id AND c.blind AND (c.state = 'open' OR (c.state = 'decided' AND NOT EXISTS (
        SELECT FROM review_decision d
         WHERE d.case_id = c.id AND d.undone_at IS NULL AND d.effective_at <= statement_timestamp()))))"""
OUTCOME = IN_FORCE.format(column="o.action", message="m.id", also=f"NOT {SEALED}")
NOT_GOLD = "NOT EXISTS (SELECT FROM review_golditem g WHERE g.message_id = m.id)"
CASE = "SELECT max(cm.case_id) FROM review_casemember cm WHERE cm.message_id = m.id"
_HITS = f"""
SELECT m.id, ({OUTCOME}), ({CASE}) FROM review_message m WHERE m.id = ANY(%s) ORDER BY m.id DESC
"""  # noqa: S608 - constants of ours


class TooSlow(Exception):
    """The search looked at too much."""


@dataclass(frozen=True)
class SearchQuery:
    """What is looked for. `outcome` is an action in force, or NO_OUTCOME; times are those of arrival."""

    words: str = ""
    author: str = ""
    channel: str = ""
    outcome: str = ""
    external_id: str = ""
    since: datetime | None = None
    until: datetime | None = None

    @property
    def is_empty(self) -> bool:
        return self == SearchQuery()


@dataclass(frozen=True)
class Hit:
    """`outcome` is the action in force as far as it may be seen; `case_id` that of its latest case, if any."""

    message: Message
    outcome: str | None
    case_id: int | None


@dataclass(frozen=True)
class Hits:
    """`next_cursor` is None on the last page."""

    rows: list[Hit]
    next_cursor: int | None


def find(sources: Sequence[Source], query: SearchQuery, before: int | None = None, size: int = PAGE) -> Hits:
    """Messages of `sources` that fit, the newest first, below the key `before`. Erased ones are never found.

    Raises TooSlow where that takes more than PATIENCE: then there is too much to look through.
    """
    joins, conditions, values = _conditions(sources, query, before)
    key = "e.message_id" if joins else "m.id"
    statement = (
        f"SELECT m.id FROM review_message m {joins} WHERE {' AND '.join(conditions)} ORDER BY {key} DESC LIMIT %(n)s"  # noqa: S608
    )
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT set_config('statement_timeout', %s, true)", [str(PATIENCE)])
            cursor.execute(statement, values | {"n": size + 1})
            ids = [pk for (pk,) in cursor.fetchall()]
            cursor.execute("SELECT set_config('statement_timeout', '0', true)")
    except OperationalError as error:
        if isinstance(error.__cause__, errors.QueryCanceled):
            raise TooSlow from None
        raise
    return Hits(_hits(ids[:size]), ids[size - 1] if len(ids) > size else None)


def _hits(ids: list[int]) -> list[Hit]:
    with connection.cursor() as cursor:
        cursor.execute(_HITS, [ids])
        found = cursor.fetchall()
    messages = Message.objects.select_related("source").in_bulk(ids)
    return [Hit(messages[pk], outcome, case) for pk, outcome, case in found]


def _conditions(
    sources: Sequence[Source], query: SearchQuery, before: int | None
) -> tuple[str, list[str], dict[str, Any]]:
    conditions = ["m.text <> ''", "m.source_id = ANY(%(sources)s)", NOT_GOLD]
    values: dict[str, Any] = {"sources": [source.pk for source in sources], "before": before}
    for column in ("author", "channel", "external_id"):
        if asked := getattr(query, column):
            conditions.append(f"m.{column} = %({column})s")
            values[column] = asked
    for name, sign in (("since", ">="), ("until", "<")):
        if moment := getattr(query, name):
            conditions.append(f"m.received_at {sign} %({name})s")
            values[name] = moment
    if query.outcome == NO_OUTCOME:
        conditions.append(f"({OUTCOME}) IS NULL")
    elif query.outcome:
        conditions.append(f"({OUTCOME}) = %(outcome)s")
        values["outcome"] = query.outcome
    joins = ""
    if query.words:
        joins = "JOIN review_searchentry e ON e.message_id = m.id"
        conditions.append(_words(sources, values))
        values["words"] = query.words
    if before is not None:
        conditions += ["m.id < %(before)s"] + (["e.message_id < %(before)s"] if joins else [])
    return joins, conditions, values


def _words(sources: Sequence[Source], values: dict[str, Any]) -> str:
    """The words as each language has them, in the sources of that language."""
    by_language: dict[str, list[int]] = {}
    for source in sources:
        by_language.setdefault(source.search_language, []).append(source.pk)
    parts = []
    for number, (language, ids) in enumerate(by_language.items()):
        values |= {f"language{number}": language, f"ids{number}": ids}
        asked = f"websearch_to_tsquery(%(language{number})s::regconfig, %(words)s)"
        parts.append(f"(e.words @@ {asked} AND e.source_id = ANY(%(ids{number})s))")
    return f"({' OR '.join(parts)})" if parts else "false"
