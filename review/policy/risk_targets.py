"""What a source's automatic actions are to keep to: setting targets, ending them, and what they are about."""

from typing import Any

import numpy as np
from django.db import connection, transaction
from django.db.models.functions import Now

from inference.guarantees.risk_targets import Disagreement, disagreement, refuse_below
from inference.guarantees.risk_targets import RiskTarget as PureTarget
from review.models import Action, RiskTarget, Source, User
from review.records import audit
from review.registry.scoring_setup import ScoringSetup

SIDES = {
    RiskTarget.Kind.WRONG_REMOVALS: (Action.HIDE, Action.REMOVE),
    RiskTarget.Kind.FALSE_POSITIVES: (Action.HIDE, Action.REMOVE),
    RiskTarget.Kind.MISSES: (Action.ALLOW,),
    RiskTarget.Kind.VIOLATIONS: (Action.ALLOW,),
}
"""The actions that each kind of risk target can be about."""

_JUDGED_TWICE = """
SELECT m.text_digest, l.violation
  FROM review_label l
  JOIN review_decision d ON d.id = l.decision_id AND d.undone_at IS NULL AND d.effective_at <= statement_timestamp()
  JOIN review_message m ON m.id = l.message_id
  JOIN review_score s ON s.message_id = l.message_id AND s.model_id = %(model)s AND s.rubric_id = %(rubric)s
 WHERE l.source_id = %(source)s AND l.blind AND (s.margin >= 0) = %(above)s
"""


def pure_target(target: RiskTarget) -> PureTarget:
    """The risk target as the statistics know it."""
    return PureTarget(target.kind, target.risk, target.delta)  # type: ignore[arg-type]


def disagreement_of(source: Source, setup: ScoringSetup, *, above: bool) -> Disagreement:
    """How often two blind reviewers of one text rule differently, on the flagged side of the margin or the other."""
    values = {"source": source.pk, "model": setup.model.pk, "rubric": setup.rubric.pk, "above": above}
    with connection.cursor() as cursor:
        cursor.execute(_JUDGED_TWICE, values)
        rows = cursor.fetchall()
    return disagreement(np.array([bytes(text).hex() for text, _ in rows]), [float(ruled) for _, ruled in rows])


@transaction.atomic
def add(target: RiskTarget, setup: ScoringSetup, by: User) -> RiskTarget:
    """Set a target, unsaved until now. Raises TargetBelowDisagreement where reviewers differ more than it allows."""
    pure = pure_target(target)
    refuse_below(pure, disagreement_of(target.source, setup, above=pure.above))
    target.created_by = by
    target.save(force_insert=True)
    audit.record(by, "set risk target", target, target.source, kind=target.kind, rung=target.action, risk=target.risk)
    return target


@transaction.atomic
def change(target: RiskTarget, by: User, **switches: Any) -> None:
    """Switch what moddog may do by itself on or off: `applies_itself`, `steps_back`.

    What follows from it is for its caller, `watchdog.change`.
    """
    for name, value in switches.items():
        setattr(target, name, value)
    target.save(update_fields=list(switches))
    audit.record(by, "changed risk target", target, target.source, **switches)


def end(target: RiskTarget, by: User) -> bool:
    """Give a risk target up; False where it has ended already. What it certified is withdrawn by its caller."""
    ended = RiskTarget.objects.filter(pk=target.pk, ended_at=None).update(ended_at=Now(), ended_by=by)
    if ended:
        audit.record(by, "ended risk target", target, target.source)
    return bool(ended)


def note_failure(target: RiskTarget, check: str, error: Exception) -> None:
    """Write on the target that a check of it failed, for the page; the log has the rest."""
    RiskTarget.objects.filter(pk=target.pk, failed_at=None).update(failed_at=Now())
    RiskTarget.objects.filter(pk=target.pk).update(failure=f"{check}: {type(error).__name__}")


def clear_failure(target: RiskTarget, check: str) -> None:
    """The check went well again."""
    RiskTarget.objects.filter(pk=target.pk, failure__startswith=f"{check}:").update(failed_at=None, failure="")


def expected_broken(targets: list[RiskTarget]) -> float:
    """How many of these promises are broken on average, if each was certified: the sum of their deltas."""
    return sum(target.delta for target in targets)
