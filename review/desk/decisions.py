"""Deciding a case that is held."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from review.desk import claims, proposals
from review.desk.recording import conclude
from review.desk.undoing import undo_window
from review.enforcement import appeals
from review.models import Case, Decision, Proposal, Reason, RuleVersion, User
from review.registry.policy_versions import policy_of


class AnswerNeeded(Exception):
    """The case is an appeal, and its author must be told something."""


@transaction.atomic
def decide(
    user: User,
    case_id: int,
    token: UUID | str,
    category: str,
    *,
    rule: RuleVersion | None = None,
    action: str | None = None,
    note: str = "",
    note_to_author: str = "",
    author_action: str = "",
    answer: str = "",
    bulk: UUID | None = None,
    effective_at: datetime | None = None,
    together: int = 1,
) -> Decision | Proposal | None:
    """Rule on a case that `user` holds; of what the policy calls heavy a proposal, which a second person confirms.

    `together` is how many are decided at this stroke. None if the claim behind `token` was lost: nothing is written
    then. For what is left out see `record_decision`.
    Outcomes and labels count once the undo window is over, or from `effective_at` on where that is said: those that
    are decided at one stroke (`bulk`) can then be taken back together.
    An appeal needs an `answer` to its author: raises AnswerNeeded without one, and then decides nothing.
    """
    now = timezone.now()
    won = (
        claims.mine(user, case_id, token)
        .filter(claims.may_take(user))
        .update(state=Case.State.DECIDED, decided_at=now, claim_token=None, claim_expires_at=None)
    )
    if not won:
        return None
    case = Case.objects.select_related("source__quality_rates").get(pk=case_id)
    if case.reason == Reason.APPEAL and not answer:
        raise AnswerNeeded
    policy = policy_of(case.source)
    what = {
        "rule": rule,
        "action": action or (rule.action if rule else policy.default_action(category)),
        "note": note,
        "note_to_author": note_to_author,
        "author_action": author_action,
        "bulk": bulk,
    }
    if proposals.is_heavy(policy, case, str(what["action"]), author_action, together):
        return proposals.propose(case, user, rule.category if rule else category, **what)
    decision = conclude(case, user, category, made_at=now, effective_at=effective_at or now + undo_window(), **what)
    if case.reason == Reason.APPEAL:
        appeals.answer(case, decision, answer)
    return decision
