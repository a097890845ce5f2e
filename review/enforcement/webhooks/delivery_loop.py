"""The loop of `manage.py deliver`: publish, lease, send, note; again at once while there is anything to do."""

import logging
from collections.abc import Callable
from time import monotonic

from django.db import DatabaseError, close_old_connections

from review.enforcement import alarms, appeals, authors_as_json, reports  # noqa: F401 - they say what their events are
from review.enforcement.publisher import publish
from review.enforcement.webhooks import circuits, leases
from review.enforcement.webhooks.requests import Request, requests_for
from review.enforcement.webhooks.sender import Sender
from review.models import Delivery, Endpoint
from review.records.heartbeats import beat
from review.records.sweeps import each_alone

log = logging.getLogger(__name__)

KIND = "deliveries"  # as heartbeats name it
LOOKS_EVERY = 0.1  # seconds, while nothing happens: what becomes effective by itself is found then
HELD = 256  # deliveries to one endpoint, leased and not sent yet
BEATS_EVERY = 15.0  # seconds
PAUSE = 1.0  # seconds before a database that failed is asked again
ENDS_WITHIN = 12.0  # seconds from the order to end: what is on its way comes to its end, the rest is returned
NO_BODY = "its body could not be made; the log says why"


class DeliveryLoop:
    """One process' part in delivering. Any number may run: leases keep them apart, and one publishes at a time."""

    def __init__(self) -> None:
        self.sender = Sender()
        self._beat_at = 0.0

    def run(self, is_over: Callable[[], bool]) -> None:
        """Until told that it is over. A database that is away is waited for."""
        while not is_over():
            try:
                if not self.step():
                    self.note(self.sender.sent(LOOKS_EVERY))
            except DatabaseError as error:
                log.warning("the database failed, what is leased comes again: %s", error)
                close_old_connections()
                self.sender.sent(PAUSE)
        self._end()

    def step(self) -> bool:
        """Publish, note, lease and hand over once; whether there was anything to do."""
        published = publish()
        noted = self.note(self.sender.sent(0))
        leased = self._lease()
        if monotonic() - self._beat_at > BEATS_EVERY:
            beat(KIND, on_their_way=sum(self.sender.held.values()))
            self._beat_at = monotonic()
        return bool(published or noted or leased)

    def note(self, sent: list[leases.Sent]) -> bool:
        """Write down what came of what was sent; a receiver whose circuit opens gets nothing further."""
        if sent:
            leases.note(sent)
            self.sender.shut(circuits.note(sent))
        return bool(sent)

    def _lease(self) -> int:
        endpoints = {each.pk: each for each in Endpoint.objects.filter(paused_at=None)}
        room = {pk: circuits.room_of(each, self.sender.held[pk], HELD) for pk, each in endpoints.items()}
        leased_at = monotonic()
        taken = leases.take({pk: most for pk, most in room.items() if most})
        if taken:
            self.sender.submit(self._requests(taken, endpoints), leased_at)
        return len(taken)

    def _requests(self, taken: list[Delivery], endpoints: dict[int, Endpoint]) -> list[Request]:
        """One whose body cannot be made fails, and costs no other its turn."""
        try:
            return requests_for(taken, endpoints)
        except DatabaseError:
            raise
        except Exception:
            log.exception("a body could not be made, each is made alone")
        made: list[Request] = []
        each_alone(
            "webhook bodies",
            taken,
            lambda each: made.extend(requests_for([each], endpoints)),
            lambda each, error: leases.note([_unmade(each)]),
        )
        return made

    def _end(self) -> None:
        self.sender.shut(set(self.sender.held))
        end = monotonic() + ENDS_WITHIN
        while self.sender.held.total() and monotonic() < end:
            self.note(self.sender.sent(LOOKS_EVERY))
        self.sender.close()


def _unmade(each: Delivery) -> leases.Sent:
    assert each.token  # noqa: S101 - it is leased
    return leases.Sent(each.pk, each.token, each.endpoint_id, each.attempts, leases.End.FAILED, NO_BODY)
