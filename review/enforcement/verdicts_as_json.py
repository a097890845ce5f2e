"""Verdicts as platforms read them: in the API, in the feed, in webhooks and in exports alike."""

import json
from collections.abc import Collection, Iterator
from typing import Any

from django.db import connection

# Plain SQL, and small tables looked up apart: a caller waits for this, and Django and Postgres took longer to plan a
# join of nine tables than for all else that a caller waits for but the model.
_READ = """
SELECT {first} v.id AS verdict, v.message_id AS message,
       m.external_id AS id, v.flag, v.category, v.probability, greatest(v.probability, 1 - v.probability) AS confidence,
       s.margin, v.categories, v.route, nullif(e.reason, '') AS reason, e.emitted_confidence,
       (SELECT name || '@' || left(weights_hash, 12) FROM review_modelversion WHERE id = s.model_id) AS model,
       (SELECT version FROM review_rubric WHERE id = s.rubric_id) AS rubric,
       (SELECT version FROM review_calibratorversion WHERE id = v.calibrator_id) AS calibrator,
       (SELECT version FROM review_policy WHERE id = v.policy_id) AS policy,
       v.why, s.windows, s.worst_window, s.bounded, s.deferred
  FROM review_verdict v
  JOIN review_message m ON m.id = v.message_id
  JOIN review_score s ON s.id = v.score_id
  LEFT JOIN review_explanation e ON e.score_id = s.id
 WHERE {which} = ANY(%s)
"""
_BY_ID = _READ.format(first="", which="v.id")
_LATEST = _READ.format(first="DISTINCT ON (v.message_id)", which="v.message_id") + "ORDER BY v.message_id, v.id DESC"
_KEYS = 2  # columns before those that are told


def verdicts_as_json(verdicts: Collection[int]) -> dict[int, dict[str, Any]]:
    """Each of the verdicts (ids), by its id."""
    return {verdict: told for verdict, _, told in _read(_BY_ID, verdicts)}


def latest_verdicts(messages: Collection[int]) -> dict[int, dict[str, Any]]:
    """The verdict in force on each of the messages (ids) that has one, by the message's id."""
    return {message: told for _, message, told in _read(_LATEST, messages)}


def _read(sql: str, ids: Collection[int]) -> Iterator[tuple[int, int, dict[str, Any]]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, [list(ids)])
        names = [column.name for column in cursor.description]
        for row in cursor.fetchall():
            told = dict(zip(names[_KEYS:], row[_KEYS:], strict=True))
            yield row[0], row[1], told | {"categories": json.loads(told["categories"])}
