"""Taking a decision back before it is effective. Afterwards it is a reversal."""

from datetime import timedelta

from django.conf import settings
from django.db import IntegrityError, OperationalError, transaction
from django.db.models import Q, Value
from django.db.models.functions import Now

from review.desk import claims
from review.enforcement import outcomes
from review.enforcement.cases import SHARED
from review.models import Case, CaseMember, Decision, Reason, Role, User
from review.models.visibility import reach_of
from review.records import audit

REOPENINGS = 5


def undo_window() -> timedelta:
    return timedelta(seconds=settings.MODDOG_UNDO_SECONDS)


@transaction.atomic
def undo(user: User, decision_id: int, *, keep: bool = True) -> bool:
    """Take back a decision before it is effective, and hold its case again; a reversal just goes.

    Without `keep` the case goes back to the queue, and what else `user` holds stays in hand.
    False once it is too late, and for whoever neither made it nor is a senior of its source.
    """
    claims.one_at_a_time(user)
    withdrawn = Decision.objects.filter(
        _undoable_by(user),
        pk=decision_id,
        undone_at=None,
        effective_at__gt=Now(),
        case__in=Case.objects.visible_to(user),
    ).update(undone_at=Now(), undone_by=user)
    if not withdrawn:
        return False
    if not outcomes.withdraw(decision_id):  # the platform was told in this moment
        transaction.set_rollback(True)
        return False
    case = Case.objects.select_related("source").get(decisions=decision_id)
    if case.reverses_id:
        Case.objects.filter(pk=case.pk).update(state=Case.State.CLOSED)
    else:
        if keep:
            claims.release_all(user)
        _reopen(case, user if keep else None)
    audit.record(user, "undid", case, case.source, decision=decision_id)
    return True


def may_undo(user: User, decision: Decision) -> bool:
    """Whether `user` made it, or is a senior of its source."""
    return Decision.objects.filter(_undoable_by(user), pk=decision.pk).exists()


def _undoable_by(user: User) -> Q:
    reach = reach_of(user, Role.SENIOR)
    return Q() if reach is None else Q(by=user) | Q(case__source__in=reach)


def last_undoable(user: User) -> Decision | None:
    """The newest decision of `user` that can still be taken back."""
    undoable = Decision.objects.filter(by=user, undone_at=None, effective_at__gt=Now())
    return undoable.select_related("rule").order_by("-created_at").first()


def _reopen(case: Case, user: User | None) -> None:
    """Put a case back into the hands of `user`, or of nobody.

    Copies that came meanwhile opened a case of their own: it joins.
    """
    for _ in range(REOPENINGS):
        try:
            with transaction.atomic():
                _absorb_twins(case)
                Case.objects.filter(pk=case.pk).update(
                    state=Case.State.OPEN,
                    decided_at=None,
                    **(claims.new_claim(user) if user else claims.NO_CLAIM),
                )
            return
        except IntegrityError:
            continue  # one more copy opened a case between the look and the update
    raise OperationalError("copies of this text come in faster than its case can be reopened")


def _absorb_twins(case: Case) -> None:
    """Take in the cases of copies, where such a case takes any: it is asked of all, so that a stopwatch tells none."""
    twins = Case.objects.filter(
        Value(case.reason in SHARED),
        source=case.source_id,
        text_digest=case.text_digest,
        blind=case.blind,
        state=Case.State.OPEN,
        reason__in=SHARED,
    ).exclude(pk=case.pk)
    found = dict(twins.select_for_update().values_list("pk", "reason"))
    pks = list(found)
    CaseMember.objects.filter(case__in=pks).update(case=case)
    if Reason.REPORT in found.values():
        Case.objects.filter(pk=case.pk).update(reason=Reason.REPORT)  # no re-routing may close what was reported
    Case.objects.filter(Q(pk__in=pks) | Q(joined__in=pks)).update(state=Case.State.CLOSED, joined=case)
