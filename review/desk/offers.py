"""Which case a person is offered: the next in the queue's order, in hand or ahead of need."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

from django.db import connection

from review.models import Case, Decision, Role, User
from review.models.visibility import reach_of
from review.quality.care import SPARED

LEASE = timedelta(minutes=2)
AHEAD_LEASE = timedelta(minutes=1)
"""Of a case that is loaded behind the one in hand: short, since nobody reads it yet. The open page renews both."""
BLIND_SHARE = 4
"""Whoever decided three cases that were not blind gets a blind one next, if any waits: however long and urgent the
rest of the queue is, the cohort is judged at the pace of the desk."""
PASSED_ON_FOR = timedelta(days=1)
"""A blind case is offered again to whoever passed it on, so that it cannot be left to nobody."""
WAITS_FOR = timedelta(days=1)
"""How long a case that was referred to somebody is offered to nobody else."""

# The lock is taken on the one row that is updated, and rows that a rival is claiming right now are passed over, so
# two people who ask at once get two cases. `= ANY` keeps the plan on the partial index of open cases by rank.
_FIRST = """
    SELECT c.id FROM review_case c
     WHERE c.state = 'open'{which} AND (%(sources)s::bigint[] IS NULL OR c.source_id = ANY(%(sources)s))
       AND (c.claim_expires_at IS NULL OR c.claim_expires_at <= statement_timestamp())
       AND c.id IS DISTINCT FROM %(after)s
       AND NOT EXISTS (SELECT 1 FROM review_skip s WHERE s.case_id = c.id AND s.user_id = %(user)s
                          AND (NOT c.blind OR s.created_at > statement_timestamp() - %(passed_on_for)s))
       AND NOT (%(user)s = ANY(c.not_for))
       AND NOT ({spared})
       AND (c.reason NOT IN ('appeal', 'adjudication') OR %(led)s::bigint[] IS NULL OR c.source_id = ANY(%(led)s))
       AND (c.reason <> 'appeal' OR NOT EXISTS (
            SELECT 1 FROM review_appeal a JOIN review_outcome o ON o.id = a.outcome_id
                     LEFT JOIN review_decision d ON d.id = o.decision_id
             WHERE a.case_id = c.id AND %(user)s IN (o.by_id, d.by_id)))
       AND NOT EXISTS (SELECT 1 FROM review_proposal p WHERE p.case_id = c.id AND p.ended_at IS NULL)
       AND NOT EXISTS (SELECT 1 FROM review_referral r WHERE r.case_id = c.id AND r.ended_at IS NULL
                          AND r.created_at > statement_timestamp() - %(waits_for)s
                          AND NOT (r.to_id IS NOT NULL AND r.to_id = %(user)s
                                   OR r.to_id IS NULL AND r.by_id <> %(user)s
                                      AND (%(led)s::bigint[] IS NULL OR c.source_id = ANY(%(led)s))))
     ORDER BY c.rank DESC, c.id LIMIT 1
"""
_TAKE = f"""
UPDATE review_case SET claimed_by_id = %(user)s, claim_token = %(token)s, ahead = %(ahead)s,
       claimed_at = statement_timestamp(), claim_expires_at = statement_timestamp() + %(lease)s
 WHERE id = ({_FIRST} FOR UPDATE SKIP LOCKED)
RETURNING *
"""  # noqa: S608 - constants of ours
_TAKE_ANY, _TAKE_BLIND, _TAKE_IN_QUEUE = (
    _TAKE.format(which=which, spared=SPARED) for which in ("", " AND c.blind", " AND c.queue_id = %(queue)s")
)
# A person's own queues in which something is free, that with the most urgent case first: a look at each one's index.
_OWN_QUEUES = """
SELECT q.id FROM review_queue_members m JOIN review_queue q ON q.id = m.queue_id AND q.ended_at IS NULL
       CROSS JOIN LATERAL (
         SELECT c.rank FROM review_case c
          WHERE c.queue_id = q.id AND c.state = 'open'
            AND (c.claim_expires_at IS NULL OR c.claim_expires_at <= statement_timestamp())
          ORDER BY c.rank DESC, c.id LIMIT 1) AS first
 WHERE m.user_id = %s ORDER BY first.rank DESC, q.id
"""
# The fence stays, since the page has it already. Whoever has had their share of severe cases since gets another one.
_PROMOTE = f"""
UPDATE review_case c SET ahead = false, claimed_at = statement_timestamp(),
       claim_expires_at = statement_timestamp() + %(lease)s
 WHERE c.id = %(case)s AND c.claimed_by_id = %(user)s AND c.ahead AND c.state = 'open'
   AND c.claim_expires_at > statement_timestamp() AND NOT ({SPARED})
RETURNING *
"""  # noqa: S608 - constants of ours


def claim_first(user: User, *, after: Case | None = None) -> Case | None:
    """Claim the first case that is free and for `user`; where it is to come `after` another, ahead of need.

    What is in their own queues comes before all else, but for the blind case that is due.
    """
    values = _values(user) | {
        "after": after and after.pk,  # not what is in hand itself, whose lease may run out at this very moment
        "token": uuid4(),
        "lease": AHEAD_LEASE if after else LEASE,
        "ahead": after is not None,
    }
    blind = [(_TAKE_BLIND, 0)] if _is_due_a_blind_one(user, after) else []
    order = [*blind, *((_TAKE_IN_QUEUE, queue) for queue in _own_queues(user)), (_TAKE_ANY, 0)]
    return next((case for sql, queue in order for case in Case.objects.raw(sql, values | {"queue": queue})), None)


def is_any_free(user: User) -> bool:
    """Whether `claim_first` would find a case for `user` at this moment."""
    with connection.cursor() as cursor:
        cursor.execute(_FIRST.format(which="", spared=SPARED), _values(user))
        return cursor.fetchone() is not None


def promote(user: User, case: Case) -> Case | None:
    """Bring the case that was claimed ahead into hand; None where that is gone or barred by now."""
    values = {"user": user.pk, "case": case.pk, "lease": LEASE}
    return next(iter(Case.objects.raw(_PROMOTE, values)), None)


def _values(user: User) -> dict[str, Any]:
    return {
        "user": user.pk,
        "after": None,
        "sources": reach_of(user, Role.MODERATOR),
        "led": reach_of(user, Role.SENIOR),
        "passed_on_for": PASSED_ON_FOR,
        "waits_for": WAITS_FOR,
    }


def _own_queues(user: User) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(_OWN_QUEUES, [user.pk])
        return [pk for (pk,) in cursor.fetchall()]


def _is_due_a_blind_one(user: User, after: Case | None) -> bool:
    """Whether what `user` decided last, the case in hand counted as decided, was none of it blind."""
    latest = Decision.objects.filter(by=user).order_by("-created_at").values_list("case__blind", flat=True)
    decided = [after.blind] if after else []
    decided += latest[: BLIND_SHARE - 1 - len(decided)]
    return len(decided) == BLIND_SHARE - 1 and not any(decided)
