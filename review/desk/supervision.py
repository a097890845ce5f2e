"""How the named queues of a source stand at this moment: load, age against target, and who is on what.

Counts stop at a limit and come from the indexes of what is open, so that a look costs little however much waits.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Prefetch
from django.utils import timezone
from django.utils.translation import gettext

from review.desk.claims import live
from review.enforcement.queue_summary import LIMIT
from review.language_names import language_name
from review.models import Case, Category, Queue, Reason, Source, User

MOST_SHOWN = 200


@dataclass(frozen=True)
class Standing:
    """`queue` is None for what is in none. `waiting` and `late` are at most LIMIT + 1, which reads as "more"."""

    queue: Queue | None
    takes: str
    waiting: int
    late: int
    oldest: datetime | None
    members: list[User]
    in_hand: list[Case]

    @property
    def target(self) -> timedelta | None:
        minutes = self.queue.target_minutes if self.queue else None
        return None if minutes is None else timedelta(minutes=minutes)

    @property
    def is_late(self) -> bool:
        return self.late > 0

    @property
    def idle(self) -> list[User]:
        """Members who have no case of this queue in hand."""
        busy = {case.claimed_by_id for case in self.in_hand}
        return [member for member in self.members if member.pk not in busy]


def queues_of(source: Source) -> list[Queue]:
    """The named queues of a source, in their turn."""
    found = Queue.objects.filter(source=source, ended_at=None).order_by("position", "pk")
    return list(found.prefetch_related(Prefetch("members", User.objects.order_by("username"))))


def standings(source: Source) -> list[Standing]:
    """Each queue of the source in its turn, and last what is in none."""
    held = Case.objects.filter(live(), source=source, ahead=False).select_related("claimed_by")
    in_hand = list(held.order_by("claimed_at", "pk")[:MOST_SHOWN])
    return [_standing(source, queue, in_hand) for queue in [*queues_of(source), None]]


def _standing(source: Source, queue: Queue | None, in_hand: list[Case]) -> Standing:
    waiting = Case.objects.filter(source=source, state=Case.State.OPEN, queue=queue)
    late = waiting.none()
    if queue and queue.target_minutes is not None:
        late = waiting.filter(opened_at__lt=timezone.now() - timedelta(minutes=queue.target_minutes))
    return Standing(
        queue=queue,
        takes=takes(queue) if queue else gettext("whatever fits no queue"),
        waiting=waiting[: LIMIT + 1].count(),
        late=late[: LIMIT + 1].count(),
        oldest=waiting.order_by("opened_at", "id").values_list("opened_at", flat=True).first(),
        members=list(queue.members.all()) if queue else [],
        in_hand=[case for case in in_hand if case.queue_id == (queue.pk if queue else None)],
    )


def takes(queue: Queue) -> str:
    """What a queue takes, in words."""
    asked = [
        ", ".join(str(Category(each).label) for each in queue.categories),
        ", ".join(str(Reason(each).label) for each in queue.reasons),
        ", ".join(language_name(each) for each in queue.languages),
    ]
    return "; ".join(each for each in asked if each) or gettext("everything")
