"""Has waiting cases follow a change of their source's named queues, a chunk a transaction; tells languages on the way.

A trigger of the database (`moddog_case_queue`, in migration 0044) puts each case in the queue that it fits as soon as
the row is touched. What somebody has in hand follows as well: its place in the queue's order means nothing meanwhile.
"""

import time

from django.db import connection, transaction

from review.desk.case_page import first_member
from review.models import Case, Source
from review.verdicts.language import language_told

CHUNK = 1_000
UNTOLD = 200
"""Cases of a chunk whose language is told: each takes about half a millisecond."""
BUDGET = 1.0
"""Seconds."""
_TOUCH = """
UPDATE review_case c SET queue_id = c.queue_id
  FROM (SELECT id FROM review_case
         WHERE source_id = %(source)s AND state = 'open' AND id > %(after)s
           AND (%(up_to)s::bigint IS NULL OR id <= %(up_to)s)
         ORDER BY id LIMIT %(chunk)s
           FOR NO KEY UPDATE) AS waiting
 WHERE c.id = waiting.id RETURNING c.id
"""


def ask(source: Source) -> None:
    """Have the waiting cases of `source` placed anew. Call it in the transaction that changes a queue."""
    Source.objects.filter(pk=source.pk).update(queued_to=0)


def follow(budget: float = BUDGET) -> None:
    """Place cases anew where queues were changed, for `budget` seconds."""
    ends = time.monotonic() + budget
    while time.monotonic() < ends and _step():
        pass


@transaction.atomic
def _step() -> bool:
    """Go on with one source by a chunk; False where none is to be placed anew."""
    # Whoever changes a queue waits for the end of this chunk, and then has all of it done anew.
    due = Source.objects.select_for_update(no_key=True).filter(queued_to__isnull=False)
    source = due.order_by("pk").first()
    if source is None:
        return False
    chunk = Case.objects.filter(source=source, state=Case.State.OPEN, pk__gt=source.queued_to).order_by("pk")[:CHUNK]
    untold = list(chunk.values_list("pk", flat=True))
    untold = list(Case.objects.filter(pk__in=untold, language="").order_by("pk")[:UNTOLD])
    for case in untold:
        told = language_told(first_member(case, sealed=True)[0].text)
        Case.objects.filter(pk=case.pk).update(language=told)
    up_to = untold[-1].pk if len(untold) == UNTOLD else None  # no further than languages were told
    with connection.cursor() as cursor:
        cursor.execute(_TOUCH, {"source": source.pk, "after": source.queued_to, "up_to": up_to, "chunk": CHUNK})
        placed = [pk for (pk,) in cursor.fetchall()]
    source.queued_to = max(placed, default=None)
    source.save(update_fields=["queued_to"])
    return True
