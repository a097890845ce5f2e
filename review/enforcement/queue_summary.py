"""How much work waits for a person. Counts stop at a limit, so that a long queue slows no page."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet
from django.utils import timezone

from review.models import Alarm, Case, Decision, Mention, Note, Proposal, Referral, Role, Source, User

LIMIT = 10_000
ASKED = 99


@dataclass(frozen=True)
class QueueSummary:
    """`waiting` is at most LIMIT + 1, which reads as "more than LIMIT".

    `asked` counts the cases, heavy decisions and mentions that wait for this very person, up to ASKED.
    """

    waiting: int
    oldest: datetime | None
    decided_today: int
    is_senior: bool
    is_admin: bool
    alarms: int
    asked: int


def queue_summary(user: User) -> QueueSummary:
    """What waits in the sources that `user` sees, and what they have decided since midnight UTC."""
    open_cases = Case.objects.visible_to(user).filter(state=Case.State.OPEN)
    midnight = timezone.now().replace(hour=0, minute=0, second=0, microsecond=0)
    is_admin = user.has_role(Role.ADMIN)
    return QueueSummary(
        waiting=open_cases[: LIMIT + 1].count(),
        oldest=open_cases.order_by("opened_at", "id").values_list("opened_at", flat=True).first(),
        decided_today=Decision.objects.filter(by=user, undone_at=None, created_at__gte=midnight).count(),
        is_senior=user.has_role(Role.SENIOR),
        is_admin=is_admin,
        asked=_asked(user),
        alarms=unanswered_alarms(user).count() if is_admin else 0,
    )


def _asked(user: User) -> int:
    waiting = Case.objects.visible_to(user).filter(state=Case.State.OPEN)
    cases = Referral.objects.filter(to=user, ended_at=None, case__in=waiting)
    mentions = Mention.objects.filter(user=user, seen_at=None, note__in=Note.objects.visible_to(user).exclude(text=""))
    proposed = Proposal.objects.filter(ended_at=None, case__in=waiting).exclude(by=user)
    proposed = proposed.exclude(case__not_for__contains=[user.pk])
    return cases.values("pk").union(mentions.values("pk"), proposed.values("pk"), all=True)[:ASKED].count()


def unanswered_alarms(user: User) -> QuerySet[Alarm]:
    """Alarms that nobody has answered yet, in the sources whose policy `user` may change."""
    sources = Source.objects.visible_to(user, Role.ADMIN)
    return Alarm.objects.filter(answered_at=None, target__source__in=sources).order_by("raised_at")


def last_decided_at(user: User) -> datetime | None:
    """When a case that `user` may see was last decided."""
    decided = Case.objects.visible_to(user).filter(state=Case.State.DECIDED)
    moment: datetime | None = decided.order_by("-decided_at", "id").values_list("decided_at", flat=True).first()
    return moment
