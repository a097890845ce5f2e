"""Counts outcomes by day and kind, once each, as they are published: what `/transparency/` adds up.

The feed gives effective outcomes their order, and nothing is skipped or repeated in it; so how far it is counted is
one number, which moves in the transaction that adds the counts.
"""

from django.db import connection, transaction

from inference.categories import CATEGORIES
from review.models import CountedOutcomes

CHUNK = 5_000

_RANGE = """
SELECT max(seq) FROM (SELECT seq FROM review_outcomefeed WHERE seq > %(after)s ORDER BY seq LIMIT %(chunk)s) AS next
"""
# Category and who decided are those of the statement of reasons: a copy that followed a decision was acted on by
# itself, and what is restricted is counted under the violation that it is likeliest to be.
_COUNT = """
INSERT INTO review_outcomecount AS kept
       (source_id, day, action, category, rule_id, automated, found, supersedes, count)
SELECT f.source_id, (o.effective_at AT TIME ZONE 'UTC')::date, o.action,
       coalesce(d.category, CASE WHEN o.action = 'allow' THEN v.category ELSE
           coalesce(t.category, (%(categories)s::text[])[array_position(s.category_log_probs, likeliest.log_prob)])
       END, ''), o.rule_id, o.by_id IS NULL,
       CASE WHEN d.id IS NOT NULL AND o.by_id IS NULL THEN 'copy' ELSE coalesce(c.reason,
           CASE WHEN v.trigger_id IS NULL THEN 'model' ELSE 'trigger' END) END, o.seq > 1, count(*)
  FROM review_outcomefeed f
  JOIN review_outcome o ON o.id = f.outcome_id
  LEFT JOIN review_decision d ON d.id = o.decision_id
  LEFT JOIN review_case c ON c.id = d.case_id
  LEFT JOIN review_verdict v ON v.id = o.verdict_id
  LEFT JOIN review_trigger t ON t.id = v.trigger_id
  LEFT JOIN review_score s ON s.id = v.score_id
  LEFT JOIN LATERAL (SELECT max(each) AS log_prob FROM unnest(s.category_log_probs) AS each) likeliest ON true
 WHERE f.seq > %(after)s AND f.seq <= %(last)s
 GROUP BY 1, 2, 3, 4, 5, 6, 7, 8
    ON CONFLICT (source_id, day, action, category, rule_id, automated, found, supersedes)
    DO UPDATE SET count = kept.count + excluded.count
"""


@transaction.atomic
def count_next() -> bool:
    """Count up to CHUNK more outcomes; whether there were any. Whoever finds another at it leaves it to them."""
    CountedOutcomes.objects.get_or_create(pk=1)
    done = CountedOutcomes.objects.select_for_update(skip_locked=True).filter(pk=1).first()
    if done is None:
        return False
    with connection.cursor() as cursor:
        cursor.execute(_RANGE, {"after": done.seq, "chunk": CHUNK})
        (last,) = cursor.fetchone()
        if last is None:
            return False
        cursor.execute(_COUNT, {"after": done.seq, "last": last, "categories": list(CATEGORIES)})
    CountedOutcomes.objects.filter(pk=1).update(seq=last)
    return True
