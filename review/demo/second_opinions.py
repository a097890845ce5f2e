"""Some of the demo's cohort was judged twice, so that the page can say how often its moderators differ."""

from collections.abc import Mapping
from datetime import timedelta

from django.db import transaction

from review.demo.people import MODERATORS
from review.desk.recording import record_decision
from review.models import Case, CaseMember, Decision, Message, Reason, SecondOpinion, Source, User

EVERY = 5
"""One in so many decisions on the cohort got a second opinion."""
DIFFERS_EVERY = 12
"""One second opinion in so many is another than the first: people differ."""
OTHERWISE = {"toxicity": "benign", "harassment": "toxicity", "benign": "toxicity"}
LATER = timedelta(minutes=19)


def give_second_opinions(source: Source, people: Mapping[str, User], decisions: Mapping[str, str]) -> int:
    """Let the other moderator rule, blind again; returns how many decisions there are. Done once.

    `decisions` are those of a fair moderator, by external id.
    """
    if Case.objects.filter(source=source, reason=Reason.SECOND_OPINION).exists():
        return 0
    first = Decision.objects.filter(case__source=source, case__blind=True, undone_at=None).order_by("pk")
    chosen = list(first.select_related("by", "case")[::EVERY])
    with transaction.atomic():
        for turn, decision in enumerate(chosen, start=1):
            message = Message.objects.filter(cases=decision.case).order_by("pk")[0]
            other = next(people[name] for name in MODERATORS if people[name] != decision.by)
            category = decisions[message.external_id]
            differs = turn % DIFFERS_EVERY == 0
            _rule_again(decision, message, other, OTHERWISE.get(category, category) if differs else category)
    return len(chosen)


def _rule_again(decision: Decision, message: Message, by: User, category: str) -> None:
    at = decision.created_at + LATER
    case = Case.objects.create(
        source=message.source,
        reason=Reason.SECOND_OPINION,
        state=Case.State.DECIDED,
        blind=True,
        verdict=decision.case.verdict,
        text_digest=message.text_digest,
        priority=decision.case.priority,
        opened_at=decision.created_at,
        decided_at=at,
    )
    CaseMember.objects.create(case=case, message=message)
    SecondOpinion.objects.create(first=decision, case=case, settled_at=at, created_at=at)
    record_decision(case, by, category, made_at=at, effective_at=at)
