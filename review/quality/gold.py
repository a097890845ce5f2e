"""Gold items: texts whose answer is known, shown as blind cases to see whether people find it.

For each blind case that comes in, one is drawn at the source's rate and opens at the same moment, so it waits, ages and
stands in the queue as the others do. Classes take turns, unless an admin sets another mix: people who seldom meet a
violation learn to miss it. An answer gives neither outcome nor label. Nobody gets an item again within AGAIN_AFTER; one
that everybody has answered, or has confirmed or refused an answer to, is retired.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import uuid4

from django.db import transaction
from django.db.models import Count, QuerySet
from django.db.models.functions import Now
from django.utils import timezone

from review.access import people_of
from review.enforcement.cases import NewCase, open_alone
from review.models import (
    COMPARED,
    Case,
    Decision,
    GoldItem,
    GoldShowing,
    Message,
    Proposal,
    QualityRates,
    Reason,
    Source,
    User,
)
from review.quality.draws import is_drawn
from review.quality.second_opinions import known_to
from review.verdicts import priority

AGAIN_AFTER = timedelta(days=90)
LOOKED_AT = 500
"""Cases drawn from at once: after a standstill the rest follows at the next round."""


def write_item(source: Source, text: str, category: str, by: User, *, author: str, channel: str) -> GoldItem:
    """Keep a text that a person wrote, with its answer. Must run in a transaction."""
    written = Message(source=source, text=text, author=author, channel=channel, sent_at=timezone.now())
    written.text_digest = uuid4().bytes  # it is no copy of anything that was sent
    message = _stand_in(written)
    message.save()
    return GoldItem.objects.create(source=source, message=message, category=category, by=by, known_to=[by.pk])


def from_adjudication(case: Case, by: User) -> GoldItem | None:
    """Keep an adjudicated text with the decision that holds; None if it is gold already, erased, or still undecided.

    Those who decided it know the answer. Must run in a transaction.
    """
    decision = Decision.objects.filter(case=case, undone_at=None, effective_at__lte=Now()).first()
    original = case.messages.order_by("pk").exclude(text="").first()
    if decision is None or original is None or GoldItem.objects.filter(adjudication=case).exists():
        return None
    message = _stand_in(original)
    message.save()
    Message.objects.filter(pk=message.pk).update(received_at=original.received_at)  # it is not kept for longer
    return GoldItem.objects.create(
        source=case.source,
        message=message,
        category=decision.category,
        adjudication=case,
        by=by,
        known_to=sorted({by.pk, *known_to(decision), *case.not_for}),
    )


def open_due() -> int:
    """Open gold items for the blind cases that came in since; how many."""
    due = QualityRates.objects.filter(gold__gt=0)
    return sum(_open_for(source) for source in due.values_list("source", flat=True))


def usable_items(source_id: int) -> QuerySet[GoldItem]:
    """Items that may still be shown."""
    return GoldItem.objects.filter(source=source_id, retired_at=None).exclude(message__text="")


@transaction.atomic
def _open_for(source_id: int) -> int:
    rates = QualityRates.objects.select_for_update().get(source=source_id)
    came = Case.objects.filter(source=source_id, pk__gt=rates.gold_up_to, blind=True).exclude(reason__in=COMPARED)
    found = list(came.order_by("pk").values_list("pk", flat=True)[:LOOKED_AT])
    opened = sum(_open_next(source_id, rates.gold_mix) for pk in found if is_drawn("gold", pk, rates.gold))
    if found:
        QualityRates.objects.filter(pk=rates.pk).update(gold_up_to=found[-1])
    return opened


def _open_next(source_id: int, mix: Mapping[str, int]) -> bool:
    """Open the item whose turn it is; False where there is none that anybody may be shown."""
    people = set(people_of(source_id).values_list("pk", flat=True))
    waiting = Case.objects.filter(gold_showing__item__source=source_id, state=Case.State.OPEN)
    items = usable_items(source_id).exclude(showings__case__in=waiting)
    for item in _in_turn(items, source_id, mix):
        met = _met(item)
        if people <= met.keys() | set(item.known_to):
            GoldItem.objects.filter(pk=item.pk).update(retired_at=Now())
            continue
        lately = {by for by, at in met.items() if at > timezone.now() - AGAIN_AFTER}
        at = priority.priority(priority.BLIND_HARM, timezone.now())
        barred = tuple(sorted(lately | set(item.known_to)))
        case = open_alone(NewCase(item.message, Reason.GOLD, at, blind=True, not_for=barred))
        GoldShowing.objects.create(item=item, case=case)
        return True
    return False


def _met(item: GoldItem) -> dict[Any, Any]:
    """By the id of each person who answered the item, or a colleague's heavy answer to it, when they last did."""
    answered = Decision.objects.filter(case__gold_showing__item=item, undone_at=None).values_list("by", "created_at")
    heavy = Proposal.objects.filter(case__gold_showing__item=item).exclude(ended_by=None)
    return dict(answered.union(heavy.values_list("ended_by", "ended_at")).order_by("created_at"))


def _in_turn(items: QuerySet[GoldItem], source_id: int, mix: Mapping[str, int]) -> list[Any]:
    """The class that is furthest behind its weight comes first, and of that the item that was shown least.

    Without a mix all classes weigh alike; one that weighs nothing is not shown.
    """
    shown = GoldShowing.objects.filter(item__source=source_id).values_list("item__category").annotate(n=Count("pk"))
    times = dict(shown)
    found = items.select_related("message").annotate(shown=Count("showings"))
    weights = {item.category: mix.get(item.category, 0) if mix else 1 for item in found}

    def turn(item: Any) -> tuple[float, str, int, int]:
        shown_if_next = times.get(item.category, 0) + 1
        return shown_if_next / weights[item.category], item.category, item.shown, item.pk

    return sorted((item for item in found if weights[item.category]), key=turn)


def _stand_in(original: Message) -> Message:
    """A message of its own with what a case shows of the original, at its place in the talk."""
    return Message(
        source=original.source,
        external_id=f"gold {uuid4()}",
        thread=original.thread,
        author=original.author,
        channel=original.channel,
        text=original.text,
        text_digest=original.text_digest,
        draw=0.0,
        sent_at=original.sent_at,
        context=original.context,
    )
