"""Reversing a decision that is in effect: a case of its own, decided at once, whose outcomes take those ones' place.

What was decided stays on record. A moderator reverses their own decisions, a senior moderator everybody's. What was
decided on an appeal is final, and what a later decision has taken the place of is not there to be reversed.
"""

from datetime import datetime

from django.db import IntegrityError, connection, transaction
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone

from review.desk.recording import record_decision
from review.enforcement.outcomes import LATEST
from review.models import Case, CaseMember, Decision, Reason, Role, RuleVersion, User
from review.models.visibility import reach_of
from review.records import audit

# The messages on which the decision is what is in force, or will be: copies that joined its case, too.
_MEMBERS = f"""
INSERT INTO review_casemember (case_id, message_id)
SELECT %(case)s, decided.message_id FROM review_outcome decided
 WHERE decided.decision_id = %(decision)s
   AND decided.id = ({LATEST.format(column="o.id", message="decided.message_id", also="true")})
   AND EXISTS (SELECT FROM review_message m WHERE m.id = decided.message_id AND m.text <> '')
"""  # noqa: S608 - constants of ours


def reversible_by(user: User) -> Q:
    """Decisions that `user` may reverse now."""
    reach = reach_of(user, Role.SENIOR)
    own = Q() if reach is None else Q(by=user) | Q(case__source__in=reach)
    in_effect = Q(undone_at=None, effective_at__lte=Now(), case__state=Case.State.DECIDED)
    return own & in_effect & ~Q(case__reason__in=(Reason.APPEAL, Reason.IMPORT))


def reverse(
    user: User,
    decision: Decision,
    category: str,
    *,
    rule: RuleVersion | None = None,
    action: str | None = None,
    note: str = "",
    note_to_author: str = "",
    author_action: str = "",
    effective_at: datetime,
) -> Decision | None:
    """Decide otherwise than `decision`, which `user` may reverse; None where something else has taken its place.

    What it asked to be done to the author is taken back; `author_action` may ask for something else.
    """
    try:
        with transaction.atomic():
            case = _case_for(decision)
            if case is None:
                transaction.set_rollback(True)
                return None
            made = record_decision(
                case,
                user,
                category,
                rule=rule,
                action=action,
                note=note,
                note_to_author=note_to_author,
                author_action=author_action,
                made_at=timezone.now(),
                effective_at=effective_at,
            )
            audit.record(user, "reversed", case, case.source, decision=decision.pk, action=made.action)
            return made
    except IntegrityError:
        return None  # somebody else reversed it at this moment


def _case_for(decision: Decision) -> Case | None:
    """The case of the reversal; None where no message is left to reverse anything on."""
    old = decision.case
    case = Case.objects.create(
        source=old.source,
        reason=Reason.REVERSAL,
        state=Case.State.DECIDED,
        verdict=old.verdict,
        text_digest=old.text_digest,
        language=old.language,
        priority=old.priority,
        decided_at=timezone.now(),
        reverses=decision,
    )
    with connection.cursor() as cursor:
        cursor.execute(_MEMBERS, {"case": case.pk, "decision": decision.pk})
    return case if CaseMember.objects.filter(case=case).exists() else None
