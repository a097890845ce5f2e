"""Tells the platform of reports and appeals that end without an answer, since their message or author is erased.

Their events name them by id alone. They go out by the outbox, in the transaction that erases.
"""

from review.models import Event

_TELL = """
INSERT INTO review_delivery (endpoint_id, event, message_id, ids, expires_at)
SELECT e.id, '{event}', m.id, jsonb_build_object('{key}', a.id), statement_timestamp() + %(retried_for)s
  FROM {table} a
  JOIN review_message m ON m.id = a.message_id
  JOIN review_endpoint e ON e.source_id = m.source_id AND '{event}' = ANY(e.events)
 WHERE a.message_id = ANY(%(ids)s) AND a.resolved_at IS NULL
 ORDER BY a.id, e.id FOR UPDATE OF a
"""
TELL = (
    _TELL.format(event=Event.REPORT_RESOLVED.value, key="report", table="review_report"),
    _TELL.format(event=Event.APPEAL_RESOLVED.value, key="appeal", table="review_appeal"),
)
"""Statements to be run before the reports and appeals on messages `ids` are ended; `retried_for` is an interval."""
OF_AUTHORS = (
    f"""INSERT INTO review_delivery (endpoint_id, event, ids, expires_at)
        SELECT e.id, '{Event.APPEAL_RESOLVED.value}', jsonb_build_object('appeal', a.id),
               statement_timestamp() + %(retried_for)s
          FROM review_appeal a
          JOIN review_endpoint e ON e.source_id = a.source_id AND '{Event.APPEAL_RESOLVED.value}' = ANY(e.events)
         WHERE a.author_outcome_id = ANY(%(steps)s) AND a.resolved_at IS NULL
         ORDER BY a.id, e.id FOR UPDATE OF a""",  # noqa: S608 - constants of ours
    """UPDATE review_appeal SET reason = '', contact = '', answer = '',
              state = CASE WHEN state = 'open' THEN 'erased' ELSE state END,
              resolved_at = coalesce(resolved_at, statement_timestamp()) WHERE author_outcome_id = ANY(%(steps)s)""",
)
"""Statements that end the appeals against `steps` (ids) on authors, and empty what they said."""
