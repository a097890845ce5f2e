"""Tells the platform that the watchdog found a promise broken."""

from typing import Any

from review.enforcement.outbox import enqueue
from review.enforcement.webhooks.bodies import says
from review.models import Alarm, Delivery, Event


def tell(alarm: Alarm) -> None:
    """Enqueue the event `alarm`; call it in the transaction in which the alarm is raised."""
    enqueue(Event.ALARM, alarm.target.source, alarm=alarm.pk)


@says(Event.ALARM)
def _told(delivery: Delivery) -> dict[str, Any]:
    """Which risk target, what was counted until then, and whether moddog has put the rung under supervision itself."""
    alarm = Alarm.objects.select_related("target").filter(pk=delivery.ids["alarm"]).first()
    if alarm is None:
        return {"alarm": None}
    return {
        "alarm": {
            "id": alarm.pk,
            "action": alarm.target.action,
            "risk": alarm.target.risk,
            "outcomes": alarm.outcomes,
            "judged": alarm.judged,
            "wrong": alarm.wrong,
            "stepped_back": alarm.stepped_back,
            "raised_at": alarm.raised_at,
        }
    }
