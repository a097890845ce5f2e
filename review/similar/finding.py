"""Finds the cases that wait and are like one case, nearest first."""

from django.db import connection, transaction
from django.utils.translation import gettext

from review.models import Case
from review.models.sealing import is_sealed

MOST = 199
"""With the case itself as many as are decided at one stroke."""
ALIKE = 0.03
"""The cosine distance up to which cases count as alike: see docs/desk.md for what that finds."""

# The indexed and the newest apart, so that each is read in its own way. The index gives its nearest of this source and
# model only, and looks at 2,000 entries at most for them: most of a full queue may be of another source.
SETTINGS = """
SELECT set_config('hnsw.iterative_scan', 'strict_order', true), set_config('hnsw.ef_search', '200', true),
       set_config('hnsw.max_scan_tuples', '2000', true)
"""
_NEAREST = """
WITH own AS MATERIALIZED (SELECT source_id, model_id, vector FROM review_casevector WHERE case_id = %(case)s),
near AS (
    (SELECT case_id, vector <=> (SELECT vector FROM own) AS distance FROM review_casevector
      WHERE is_indexed AND source_id = (SELECT source_id FROM own) AND model_id = (SELECT model_id FROM own)
      ORDER BY vector <=> (SELECT vector FROM own) LIMIT %(most)s)
    UNION ALL
    (SELECT case_id, vector <=> (SELECT vector FROM own) AS distance FROM review_casevector
      WHERE NOT is_indexed AND source_id = (SELECT source_id FROM own) AND model_id = (SELECT model_id FROM own)
      ORDER BY 2 LIMIT %(most)s))
SELECT near.case_id FROM near JOIN review_case c ON c.id = near.case_id
 WHERE near.distance <= %(alike)s AND near.case_id <> %(case)s AND c.state = 'open' AND NOT c.blind
 ORDER BY near.distance, near.case_id LIMIT %(most)s
"""


def like(case: Case) -> list[int]:
    """The ids of at most MOST waiting cases that are like `case`, nearest first. None are like a sealed one."""
    if is_sealed(case):
        return []
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(SETTINGS)
        cursor.execute(_NEAREST, {"case": case.pk, "most": MOST, "alike": ALIKE})
        return [pk for (pk,) in cursor.fetchall()]


def why_none(case: Case) -> str:
    """Why nothing can be like `case`, in words; empty where it can be compared."""
    if is_sealed(case) or case.state != Case.State.OPEN or hasattr(case, "vector"):
        return ""
    score = case.verdict.score if case.verdict else None
    if score is None:
        return gettext("The model has not read it.")
    if score.model.precision.startswith("server"):
        return gettext("A server judges here, and gives nothing by which texts could be compared.")
    if score.windows > 1:
        return gettext("It is longer than the model reads at once.")
    return gettext("It was judged before it came to people, or has waited for over 30 days.")
