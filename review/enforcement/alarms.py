"""Tells the platform that the watchdog found a promise broken, or that something stands still."""

from typing import Any

from django.utils.translation import gettext_lazy

from review.enforcement.outbox import enqueue
from review.enforcement.webhooks.bodies import says
from review.models import Alarm, Delivery, Endpoint, Event, Incident, Source

WHAT_TO_DO = {
    Incident.Kind.PROMISE: gettext_lazy(
        "Actions that moddog takes by itself are wrong more often than was promised. Read the messages that the page "
        "of the policy names, and answer the alarm there."
    ),
    Incident.Kind.BACKLOG: gettext_lazy(
        "More cases wait for people than the target of the source. Ask more people to the desk, or move the thresholds "
        "on the page of the policy; the what-if there says what that would leave."
    ),
    Incident.Kind.DEAD_LETTERS: gettext_lazy(
        "Events could not be delivered for a day. Mend the receiver; then redeliver them from the page of the source's "
        "webhooks."
    ),
    Incident.Kind.WORKER: gettext_lazy(
        "A kind of worker was not heard from for three minutes. Nothing is lost. The end of its log says why: "
        "logs/inference.log or logs/deliveries.log."
    ),
}


def tell(alarm: Alarm) -> None:
    """Enqueue the event `alarm`; call it in the transaction in which the alarm is raised."""
    enqueue(Event.ALARM, alarm.target.source, alarm=alarm.pk)


def tell_incident(incident: Incident) -> None:
    """Enqueue the event `alarm` for its source, or for every source that wants to hear where it is the instance's."""
    sources = Source.objects.filter(pk__in=Endpoint.objects.filter(events__contains=[Event.ALARM]).values("source"))
    for source in sources if incident.source is None else [incident.source]:
        enqueue(Event.ALARM, source, incident=incident.pk)


@says(Event.ALARM)
def _told(delivery: Delivery) -> dict[str, Any]:
    """Of which kind it is and since when; of a promise, what was counted and whether moddog has stepped back itself."""
    if "incident" in delivery.ids:
        return {"alarm": _incident(delivery.ids["incident"])}
    alarm = Alarm.objects.select_related("target").filter(pk=delivery.ids["alarm"]).first()
    if alarm is None:
        return {"alarm": None}
    return {
        "alarm": {
            "id": alarm.pk,
            "kind": Incident.Kind.PROMISE.value,
            "action": alarm.target.action,
            "risk": alarm.target.risk,
            "outcomes": alarm.outcomes,
            "judged": alarm.judged,
            "wrong": alarm.wrong,
            "stepped_back": alarm.stepped_back,
            "raised_at": alarm.raised_at,
            "what_to_do": str(WHAT_TO_DO[Incident.Kind.PROMISE]),
        }
    }


def _incident(pk: int) -> dict[str, Any] | None:
    incident = Incident.objects.filter(pk=pk).first()
    if incident is None:
        return None
    return {
        "id": incident.pk,
        "kind": incident.kind,
        "about": incident.about or None,
        "raised_at": incident.began_at,
        "ended_at": incident.ended_at,
        "what_to_do": str(WHAT_TO_DO[Incident.Kind(incident.kind)]),
    }
