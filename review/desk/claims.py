"""Claims: a moderator's time-limited, fenced hold on a case.

Every race is settled by one conditional UPDATE. Losing one is a normal return, never an exception.
"""

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from django.db import connection, transaction
from django.db.models import BooleanField, Exists, ExpressionWrapper, OuterRef, Q, QuerySet
from django.db.models.functions import Now

from review.access import people_of
from review.desk import offers
from review.desk.offers import LEASE, PASSED_ON_FOR
from review.models import Appeal, Case, Proposal, Reason, Role, Skip, User
from review.models.visibility import reach_of

ONE_TAKE_A_PERSON = 7_301  # the name of an advisory lock
NO_CLAIM: dict[str, Any] = {
    "claimed_by": None,
    "claim_token": None,
    "ahead": False,
    "claimed_at": None,
    "claim_expires_at": None,
}


def live() -> Q:
    """Cases that somebody holds at this moment."""
    return Q(state=Case.State.OPEN, claim_expires_at__gt=Now())


def may_take(user: User) -> Q:
    """Cases that `user` may judge and that wait for nothing else, as for a second person's confirmation."""
    return may_judge(user) & ~Q(Exists(Proposal.objects.filter(case=OuterRef("pk"), ended_at=None)))


def may_judge(user: User) -> Q:
    """Cases that are not barred to `user`.

    An appeal and an adjudication are for seniors, and nobody judges again what they decided before.
    """
    own = Appeal.objects.filter(Q(outcome__by=user) | Q(outcome__decision__by=user), case=OuterRef("pk"))
    reach = reach_of(user, Role.SENIOR)
    led = Q() if reach is None else Q(source__in=reach)
    for_anybody = ~Q(reason__in=(Reason.APPEAL, Reason.ADJUDICATION))
    return ~Q(not_for__contains=[user.pk]) & (for_anybody | (led & ~Q(Exists(own))))


def held_by(user: User) -> Case | None:
    """The open case that `user` has in hand and may still see; the oldest claim first."""
    held: Case | None = _visible(user).filter(live(), claimed_by=user, ahead=False).order_by("claimed_at").first()
    return held


def take_next(user: User) -> Case | None:
    """The case that `user` holds, or else the one claimed ahead for them, or else the first free one in the queue."""
    with transaction.atomic():
        one_at_a_time(user)
        claimed = _claimed(user)
        held = next((case for case in claimed if case.is_live and not case.ahead), None)
        if held is None and claimed:
            ahead = next((case for case in claimed if case.is_live), None)
            held = offers.promote(user, ahead) if ahead else None
            release_all(user, but=held.pk if held else None)
        return held or offers.claim_first(user)


def take_ahead(user: User) -> Case | None:
    """The case that comes after the one in hand, claimed so that the page can load it; one a person at most.

    None where nothing is in hand, or nothing else is free.
    """
    with transaction.atomic():
        one_at_a_time(user)
        claimed = _claimed(user)
        held = next((case for case in claimed if case.is_live and not case.ahead), None)
        if held is None:
            return None
        ahead = next((case for case in claimed if case.is_live and case.ahead), None)
        if ahead is None and len(claimed) > 1:
            release_all(user, but=held.pk)
        return ahead or offers.claim_first(user, after=held)


@transaction.atomic
def release_ahead(user: User, token: UUID | str | None = None) -> bool:
    """Give the case that was claimed ahead back: its page is gone. False where it is in hand by now, or not theirs.

    Without `token` the page went before it was told which: a claim that is made at this moment is waited for.
    """
    one_at_a_time(user)
    ahead = Case.objects.filter(state=Case.State.OPEN, claimed_by=user, ahead=True)
    return _free(ahead.filter(claim_token=token) if token else ahead) > 0


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
            .update(**new_claim(user))
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


@transaction.atomic
def release_all(user: User, *, but: int | None = None) -> int:
    """Give everything that `user` holds back to the queue, save one case.

    Leases that ran out too: an old tab must not renew one beside the next claim.
    """
    # What a rival is claiming at this moment is passed over: waiting for each other would be a deadlock.
    own = Case.objects.filter(state=Case.State.OPEN, claimed_by=user).exclude(pk=but)
    return _free(Case.objects.filter(pk__in=own.select_for_update(skip_locked=True).values("pk")))


def renew(user: User, case_id: int, token: UUID | str) -> datetime | None:
    """Extend a claim by one lease, and with it that on the case that comes next; the new end, or None if it is lost."""
    if not mine(user, case_id, token).update(claim_expires_at=Now() + LEASE):
        return None
    Case.objects.filter(live(), claimed_by=user, ahead=True).update(claim_expires_at=Now() + offers.AHEAD_LEASE)
    expiry: datetime | None = Case.objects.values_list("claim_expires_at", flat=True).get(pk=case_id)
    return expiry


def release(user: User, case_id: int, token: UUID | str) -> bool:
    """Give a case back to the queue; False if the claim was lost."""
    return _free(mine(user, case_id, token)) > 0


def skip(user: User, case_id: int, token: UUID | str, why: str = "") -> bool:
    """Pass a case on to others: as a release, but it is not offered to this person again.

    False if the claim was lost; and for a blind case that nobody else could take, which stays in hand: it was drawn to
    be judged, so it may change hands, but not go without a decision.
    """
    held = mine(user, case_id, token).first()
    if held is None or (held.blind and not _others_for(held, user).exists()):
        return False
    if not release(user, case_id, token):
        return False
    Skip.objects.update_or_create(case_id=case_id, user=user, defaults={"why": why, "created_at": Now()})
    return True


def mine(user: User, case_id: int, token: UUID | str) -> QuerySet[Case]:
    """The case, if `token` is still the fence of a claim of `user` on it.

    A lease that ran out while nobody else took the case still counts: nothing was lost by it.
    """
    held: QuerySet[Case] = _visible(user).filter(
        pk=case_id, state=Case.State.OPEN, claimed_by=user, claim_token=token, ahead=False
    )
    return held


def new_claim(user: User) -> dict[str, Any]:
    """The fields of a claim that begins now, with a fence of its own."""
    return {
        "claimed_by": user,
        "claim_token": uuid4(),
        "ahead": False,
        "claimed_at": Now(),
        "claim_expires_at": Now() + LEASE,
    }


def _claimed(user: User) -> list[Any]:
    """What `user` claimed, in hand or ahead, with whether the lease still runs; the oldest claim first."""
    open_ones = _visible(user).filter(state=Case.State.OPEN, claimed_by=user)
    return list(open_ones.annotate(is_live=_is_live()).order_by("claimed_at"))


def _is_live() -> "ExpressionWrapper[Q]":
    return ExpressionWrapper(Q(claim_expires_at__gt=Now()), BooleanField())


def _visible(user: User) -> Any:
    return Case.objects.visible_to(user).select_related("source")


def _free(cases: Any) -> int:
    freed: int = cases.update(**NO_CLAIM)
    return freed


def _others_for(case: Case, user: User) -> QuerySet[User]:
    """Who else could decide a blind case: everybody with a role in its source who has not just passed it on.

    Whom it is not for is not asked: of a gold item and a second opinion that would tell what they are. Left to nobody,
    they come back with the day.
    """
    passed = Skip.objects.filter(case=case, created_at__gt=Now() - PASSED_ON_FOR).values("user")
    return people_of(case.source_id, but=[user.pk]).exclude(pk__in=passed)
