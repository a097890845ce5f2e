"""Claims: a moderator's time-limited, fenced hold on a case.

Every race is settled by one conditional UPDATE. Losing one is a normal return, never an exception.
"""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from django.db import connection, transaction
from django.db.models import BooleanField, Exists, ExpressionWrapper, OuterRef, Q, QuerySet
from django.db.models.functions import Now

from review.models import Appeal, Case, Decision, Membership, Reason, Role, Skip, User
from review.models.visibility import reach_of

LEASE = timedelta(minutes=2)
ONE_TAKE_A_PERSON = 7_301  # the name of an advisory lock
BLIND_SHARE = 4
"""Whoever decided three cases that were not blind gets a blind one next, if any waits: however long and urgent the
rest of the queue is, the cohort is judged at the pace of the desk."""
PASSED_ON_FOR = timedelta(days=1)
"""A blind case is offered again to whoever passed it on, so that it cannot be left to nobody."""

# The lock is taken on the one row that is updated, and rows that a rival is claiming right now are passed over, so
# two people who ask at once get two cases. `= ANY` keeps the plan on the partial index of open cases by priority.
_TAKE = """
UPDATE review_case SET claimed_by_id = %(user)s, claim_token = %(token)s,
       claimed_at = statement_timestamp(), claim_expires_at = statement_timestamp() + %(lease)s
 WHERE id = (
    SELECT c.id FROM review_case c
     WHERE c.state = 'open'{which} AND (%(sources)s::bigint[] IS NULL OR c.source_id = ANY(%(sources)s))
       AND (c.claim_expires_at IS NULL OR c.claim_expires_at <= statement_timestamp())
       AND NOT EXISTS (SELECT 1 FROM review_skip s WHERE s.case_id = c.id AND s.user_id = %(user)s
                          AND (NOT c.blind OR s.created_at > statement_timestamp() - %(passed_on_for)s))
       AND (c.reason <> 'appeal' OR ((%(led)s::bigint[] IS NULL OR c.source_id = ANY(%(led)s))
            AND NOT EXISTS (SELECT 1 FROM review_appeal a JOIN review_outcome o ON o.id = a.outcome_id
                              LEFT JOIN review_decision d ON d.id = o.decision_id
                             WHERE a.case_id = c.id AND %(user)s IN (o.by_id, d.by_id))))
     ORDER BY c.priority DESC, c.id
     LIMIT 1 FOR UPDATE SKIP LOCKED)
RETURNING *
"""
_TAKE_ANY, _TAKE_BLIND = _TAKE.format(which=""), _TAKE.format(which=" AND c.blind")


def live() -> Q:
    """Cases that somebody holds at this moment."""
    return Q(state=Case.State.OPEN, claim_expires_at__gt=Now())


def may_take(user: User) -> Q:
    """Cases that are not barred to `user`: an appeal is for seniors, and never for who decided before."""
    own = Appeal.objects.filter(Q(outcome__by=user) | Q(outcome__decision__by=user), case=OuterRef("pk"))
    reach = reach_of(user, Role.SENIOR)
    led = Q() if reach is None else Q(source__in=reach)
    return ~Q(reason=Reason.APPEAL) | (led & ~Q(Exists(own)))


def held_by(user: User) -> Case | None:
    """The open case that `user` holds and may still see; the oldest claim first."""
    held: Case | None = _visible(user).filter(live(), claimed_by=user).order_by("claimed_at").first()
    return held


def take_next(user: User) -> Case | None:
    """The case that `user` holds, or else the first free one in the queue's order, claimed for them."""
    with transaction.atomic():
        one_at_a_time(user)
        claimed = (
            _visible(user)
            .filter(state=Case.State.OPEN, claimed_by=user)
            .annotate(is_live=_is_live())
            .order_by("claimed_at")
        )
        held: Case | None = next((case for case in claimed if case.is_live), None)
        if held is None and claimed:
            release_all(user)
        return held or _claim_first(user)


def open_case(user: User, case_id: int) -> Case | None:
    """Claim this very case; None if it is decided, out of sight, or somebody else holds it.

    A person holds one case at a time: what they held before goes back to the queue.
    """
    free_or_mine = Q(claim_expires_at=None) | Q(claim_expires_at__lte=Now()) | Q(claimed_by=user)
    with transaction.atomic():
        one_at_a_time(user)
        won = (
            _visible(user)
            .filter(free_or_mine, may_take(user), pk=case_id, state=Case.State.OPEN)
            .update(claimed_by=user, claim_token=uuid4(), claimed_at=Now(), claim_expires_at=Now() + LEASE)
        )
        if not won:
            return None
        release_all(user, but=case_id)
    opened: Case = Case.objects.select_related("source").get(pk=case_id)
    return opened


def one_at_a_time(user: User) -> None:
    """Have whatever else gives this person a case wait for the end of this transaction.

    Two tabs that ask at once get the same case: the second waits, and then finds what the first one took.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [ONE_TAKE_A_PERSON, user.pk])


def release_all(user: User, *, but: int | None = None) -> int:
    """Give everything that `user` holds back to the queue, save one case.

    Leases that ran out too: an old tab must not renew one beside the next claim.
    """
    # What a rival is claiming at this moment is passed over: waiting for each other would be a deadlock.
    own = Case.objects.filter(state=Case.State.OPEN, claimed_by=user).exclude(pk=but)
    return _free(Case.objects.filter(pk__in=own.select_for_update(skip_locked=True).values("pk")))


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
    """Pass a case on to others: as a release, but it is not offered to this person again.

    False if the claim was lost; and for a blind case that nobody else could take, which stays in hand: it was drawn to
    be judged, so it may change hands, but not go without a decision.
    """
    held = mine(user, case_id, token).first()
    if held is None or (held.blind and not _others_for(held, user).exists()):
        return False
    if not release(user, case_id, token):
        return False
    Skip.objects.update_or_create(case_id=case_id, user=user, defaults={"created_at": Now()})
    return True


def mine(user: User, case_id: int, token: UUID | str) -> QuerySet[Case]:
    """The case, if `token` is still the fence of a claim of `user` on it.

    A lease that ran out while nobody else took the case still counts: nothing was lost by it.
    """
    held: QuerySet[Case] = _visible(user).filter(pk=case_id, state=Case.State.OPEN, claimed_by=user, claim_token=token)
    return held


def _is_live() -> "ExpressionWrapper[Q]":
    return ExpressionWrapper(Q(claim_expires_at__gt=Now()), BooleanField())


def _visible(user: User) -> Any:
    return Case.objects.visible_to(user).select_related("source")


def _free(cases: Any) -> int:
    freed: int = cases.update(claimed_by=None, claim_token=None, claimed_at=None, claim_expires_at=None)
    return freed


def _claim_first(user: User) -> Case | None:
    values = {
        "user": user.pk,
        "token": uuid4(),
        "lease": LEASE,
        "sources": reach_of(user, Role.MODERATOR),
        "led": reach_of(user, Role.SENIOR),
        "passed_on_for": PASSED_ON_FOR,
    }
    order = (_TAKE_BLIND, _TAKE_ANY) if _is_due_a_blind_one(user) else (_TAKE_ANY,)
    return next((case for sql in order for case in Case.objects.raw(sql, values)), None)


def _is_due_a_blind_one(user: User) -> bool:
    latest = Decision.objects.filter(by=user).order_by("-created_at").values_list("case__blind", flat=True)
    decided = list(latest[: BLIND_SHARE - 1])
    return len(decided) == BLIND_SHARE - 1 and not any(decided)


def _others_for(case: Case, user: User) -> QuerySet[User]:
    """Who else could decide the case: everybody with a role in its source who has not just passed it on."""
    passed = Skip.objects.filter(case=case, created_at__gt=Now() - PASSED_ON_FOR).values("user")
    here = Membership.objects.filter(Q(source=case.source) | Q(source=None)).values("user")
    others = User.objects.filter(Q(is_superuser=True) | Q(pk__in=here), is_active=True)
    return others.exclude(pk=user.pk).exclude(pk__in=passed)
