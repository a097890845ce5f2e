"""What a source's automatic actions are to keep to: setting goals, ending them, and which messages they are about."""

from typing import Any

import numpy as np
from django.db import connection, transaction
from django.db.models import QuerySet
from django.db.models.functions import Now

from inference.categories import CATEGORIES
from inference.guarantees.risk_targets import Disagreement, disagreement, refuse_below
from inference.guarantees.risk_targets import RiskTarget as Wanted
from review.models import Action, Goal, Source, User
from review.records import audit
from review.registry.ladder import DEFAULT, Ladders, Rung
from review.registry.model_versions import Judge

SIDES = {
    Goal.Kind.WRONG_REMOVALS: (Action.HIDE, Action.REMOVE),
    Goal.Kind.FALSE_POSITIVES: (Action.HIDE, Action.REMOVE),
    Goal.Kind.MISSES: (Action.ALLOW,),
    Goal.Kind.VIOLATIONS: (Action.ALLOW,),
}
"""The actions that each kind of goal can be about."""

_JUDGED_TWICE = """
SELECT m.text_digest, l.violation
  FROM review_label l
  JOIN review_decision d ON d.id = l.decision_id AND d.undone_at IS NULL AND d.effective_at <= statement_timestamp()
  JOIN review_message m ON m.id = l.message_id
  JOIN review_score s ON s.message_id = l.message_id AND s.model_id = %(model)s AND s.rubric_id = %(rubric)s
 WHERE l.source_id = %(source)s AND l.blind AND (s.margin >= 0) = %(above)s
"""


def standing(source: Source) -> QuerySet[Goal]:
    """The goals that hold, in a fixed order, each with its newest look's and watch's rows at hand."""
    return (
        Goal.objects.filter(source=source, ended_at=None).select_related("watch", "source").order_by("category", "pk")
    )


def wanted(goal: Goal) -> Wanted:
    """The goal as the statistics know it."""
    return Wanted(goal.kind, goal.risk, goal.delta)  # type: ignore[arg-type]


def categories_of(goal: Goal, ladders: Ladders) -> tuple[str, ...]:
    """The likeliest violations whose messages the goal's rung decides on: one's own, or all on the common ladder."""
    if goal.category:
        return (goal.category,)
    return tuple(name for name in CATEGORIES if name not in ladders.by_category)


def rung_of(goal: Goal, ladders: Ladders) -> Rung | None:
    """The rung whose margin the goal asks for; None where the ladder has none."""
    ladder = ladders.by_category.get(goal.category) if goal.category else ladders.default
    return ladder.of(goal.action) if ladder else None


def ladder_name(goal: Goal) -> str:
    return goal.category or DEFAULT


def disagreement_of(source: Source, judge: Judge, *, above: bool) -> Disagreement:
    """How often two blind reviewers of one text rule differently, on the flagged side of the margin or the other."""
    values = {"source": source.pk, "model": judge.model.pk, "rubric": judge.rubric.pk, "above": above}
    with connection.cursor() as cursor:
        cursor.execute(_JUDGED_TWICE, values)
        rows = cursor.fetchall()
    return disagreement(np.array([bytes(text).hex() for text, _ in rows]), [float(ruled) for _, ruled in rows])


@transaction.atomic
def add(goal: Goal, judge: Judge, by: User) -> Goal:
    """Set a goal, unsaved until now. Raises GoalBelowDisagreement where reviewers differ more often than it allows."""
    aim = wanted(goal)
    refuse_below(aim, disagreement_of(goal.source, judge, above=aim.above))
    goal.created_by = by
    goal.save(force_insert=True)
    audit.record(by, "set goal", goal, goal.source, kind=goal.kind, rung=goal.action, risk=goal.risk)
    return goal


@transaction.atomic
def change(goal: Goal, by: User, **switches: Any) -> None:
    """Switch what moddog may do by itself on or off: `applies_itself`, `steps_back`."""
    for name, value in switches.items():
        setattr(goal, name, value)
    goal.save(update_fields=list(switches))
    audit.record(by, "changed goal", goal, goal.source, **switches)


def end(goal: Goal, by: User) -> bool:
    """Give a goal up; False where it has ended already. What it certified is withdrawn by its caller."""
    ended = Goal.objects.filter(pk=goal.pk, ended_at=None).update(ended_at=Now(), ended_by=by)
    if ended:
        audit.record(by, "ended goal", goal, goal.source)
    return bool(ended)


def expected_broken(goals: list[Goal]) -> float:
    """How many of these promises are broken on average, if each was certified: the sum of their deltas."""
    return sum(goal.delta for goal in goals)
