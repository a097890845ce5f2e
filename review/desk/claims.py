"""Claims: a moderator's time-limited, fenced hold on a case.

Every race is settled by one conditional UPDATE. Losing one is a normal return, never an exception.
"""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from django.db import connection, transaction
from django.db.models import Q, QuerySet
from django.db.models.functions import Now

from review.models import Case, Role, Skip, User
from review.models.sources import reach_of

LEASE = timedelta(minutes=2)
ONE_TAKE_A_PERSON = 7_301  # the name of an advisory lock

# The lock is taken on the one row that is updated, and rows that a rival is claiming right now are passed over, so
# two people who ask at once get two cases. `= ANY` keeps the plan on the partial index of open cases by priority.
_TAKE = """
UPDATE review_case SET claimed_by_id = %(user)s, claim_token = %(token)s,
       claimed_at = statement_timestamp(), claim_expires_at = statement_timestamp() + %(lease)s
 WHERE id = (
    SELECT c.id FROM review_case c
     WHERE c.state = 'open' AND (%(sources)s::bigint[] IS NULL OR c.source_id = ANY(%(sources)s))
       AND (c.claim_expires_at IS NULL OR c.claim_expires_at <= statement_timestamp())
       AND NOT EXISTS (SELECT 1 FROM review_skip s WHERE s.case_id = c.id AND s.user_id = %(user)s)
     ORDER BY c.priority DESC, c.id
     LIMIT 1 FOR UPDATE SKIP LOCKED)
RETURNING *
"""


def live() -> Q:
    """Cases that somebody holds at this moment."""
    return Q(state=Case.State.OPEN, claim_expires_at__gt=Now())


def held_by(user: User) -> Case | None:
    """The open case that `user` holds and may still see; the oldest claim first."""
    held: Case | None = _visible(user).filter(live(), claimed_by=user).order_by("claimed_at").first()
    return held


def take_next(user: User) -> Case | None:
    """The case that `user` holds, or else the first free one in the queue's order, claimed for them."""
    with transaction.atomic(), connection.cursor() as cursor:
        # Two tabs that ask at once get the same case: the second waits, and then finds what the first one took.
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [ONE_TAKE_A_PERSON, user.pk])
        return held_by(user) or _claim_first(user)


def open_case(user: User, case_id: int) -> Case | None:
    """Claim this very case; None if it is decided, out of sight, or somebody else holds it.

    A person holds one case at a time: what they held before goes back to the queue.
    """
    free_or_mine = Q(claim_expires_at=None) | Q(claim_expires_at__lte=Now()) | Q(claimed_by=user)
    won = (
        _visible(user)
        .filter(free_or_mine, pk=case_id, state=Case.State.OPEN)
        .update(claimed_by=user, claim_token=uuid4(), claimed_at=Now(), claim_expires_at=Now() + LEASE)
    )
    if not won:
        return None
    _free(Case.objects.filter(live(), claimed_by=user).exclude(pk=case_id))
    opened: Case = Case.objects.select_related("source").get(pk=case_id)
    return opened


def renew(user: User, case_id: int, token: UUID | str) -> datetime | None:
    """Extend a claim by one lease; its new end, or None if it was lost."""
    if not mine(user, case_id, token).update(claim_expires_at=Now() + LEASE):
        return None
    expiry: datetime | None = Case.objects.values_list("claim_expires_at", flat=True).get(pk=case_id)
    return expiry


def release(user: User, case_id: int, token: UUID | str) -> bool:
    """Give a case back to the queue; False if the claim was lost."""
    return _free(mine(user, case_id, token)) > 0


def skip(user: User, case_id: int, token: UUID | str) -> bool:
    """Pass a case on to others: as a release, but it is not offered to this person again."""
    if not release(user, case_id, token):
        return False
    Skip.objects.get_or_create(case_id=case_id, user=user)
    return True


def mine(user: User, case_id: int, token: UUID | str) -> QuerySet[Case]:
    """The case, if `token` is still the fence of a claim of `user` on it.

    A lease that ran out while nobody else took the case still counts: nothing was lost by it.
    """
    held: QuerySet[Case] = _visible(user).filter(pk=case_id, state=Case.State.OPEN, claimed_by=user, claim_token=token)
    return held


def _visible(user: User) -> Any:
    return Case.objects.visible_to(user).select_related("source")


def _free(cases: Any) -> int:
    freed: int = cases.update(claimed_by=None, claim_token=None, claimed_at=None, claim_expires_at=None)
    return freed


def _claim_first(user: User) -> Case | None:
    values = {"user": user.pk, "token": uuid4(), "lease": LEASE, "sources": reach_of(user, Role.MODERATOR)}
    return next(iter(Case.objects.raw(_TAKE, values)), None)
