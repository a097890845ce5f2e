"""The pace at which people work through a source's cases."""

from dataclasses import dataclass
from datetime import timedelta
from statistics import median

from django.db.models import Count, F
from django.utils import timezone

from review.models import Case, CaseMember, Source

CASES = 1_000
DECIDED = 200
LONGEST = timedelta(minutes=30)
"""A case that was held for longer lay beside somebody who did something else."""


@dataclass(frozen=True)
class Pace:
    """How many messages share a case, and how long people take for one; None where nothing was decided yet."""

    messages_a_case: float
    seconds: float | None

    def cases(self, messages: float) -> float:
        return messages / self.messages_a_case

    def hours(self, messages: float) -> float | None:
        return None if self.seconds is None else self.cases(messages) * self.seconds / 3600


def pace(source: Source) -> Pace:
    """From the newest cases: 1 message a case where there are none."""
    newest = Case.objects.filter(source=source).order_by("-pk").values("pk")[:CASES]
    members = CaseMember.objects.filter(case__in=newest).aggregate(all=Count("pk"), cases=Count("case", distinct=True))
    decided = Case.objects.filter(
        source=source, state=Case.State.DECIDED, claimed_at__lt=F("decided_at"), decided_at__lt=timezone.now()
    )
    times = decided.order_by("-decided_at", "id").values_list("claimed_at", "decided_at")[:DECIDED]
    spent = [(end - start).total_seconds() for start, end in times if end - start <= LONGEST]
    return Pace(members["all"] / members["cases"] if members["all"] else 1.0, median(spent) if spent else None)
