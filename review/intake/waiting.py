"""Callers who wait for verdicts. Nobody holds a database connection meanwhile.

One thread a process listens to what the workers announce and wakes who waits for it. An announcement may be lost with
Redis, so each waiter also looks into the database every second.
"""

import json
import logging
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from threading import BoundedSemaphore, Event, Lock, Thread
from time import monotonic, sleep

import redis
from django.db import connection

from review.broker import CHANNEL, listener

log = logging.getLogger(__name__)

MOST_SECONDS = 30
MOST_MESSAGES = 100
MOST_WAITERS = 80
"""At once and in a process: the rest of its threads stay free for everybody else."""
LOOK_EVERY = 1.0  # seconds
PAUSE = 1.0  # seconds before the listener tries a Redis again that did not answer


_PENDING = "SELECT EXISTS (SELECT FROM review_pending WHERE message_id = ANY(%s))"


class TooManyWait(Exception):
    """This process has all the waiters that it takes."""


class Waiting:
    """The waiters of one process, and the thread that wakes them."""

    def __init__(self, most: int = MOST_WAITERS) -> None:
        self._slots, self._lock = BoundedSemaphore(most), Lock()
        self._events: defaultdict[int, set[Event]] = defaultdict(set)
        self._listener: Thread | None = None

    def until_judged(self, messages: Sequence[int], seconds: float) -> bool:
        """Whether all of the messages were judged within so many seconds. Raises TooManyWait at once."""
        if not self._slots.acquire(blocking=False):
            raise TooManyWait
        try:
            with self._woken_for(messages) as event:
                return _wait(event, messages, monotonic() + seconds)
        finally:
            self._slots.release()

    @contextmanager
    def _woken_for(self, messages: Sequence[int]) -> Iterator[Event]:
        event = Event()
        with self._lock:
            for message in messages:
                self._events[message].add(event)
            if self._listener is None or not self._listener.is_alive():
                self._listener = Thread(target=self._listen, name="judged", daemon=True)
                self._listener.start()
        try:
            yield event
        finally:
            with self._lock:
                for message in set(messages):
                    self._events[message].discard(event)
                    if not self._events[message]:
                        del self._events[message]

    def _listen(self) -> None:
        while True:
            try:
                with listener() as client, client.pubsub() as channel:
                    channel.subscribe(CHANNEL)
                    for said in channel.listen():
                        if said["type"] == "message":
                            self._wake(json.loads(said["data"]))
            except redis.RedisError as error:
                if self._nobody_waits():
                    return  # the next who waits starts another
                log.warning("cannot hear the workers, waiting callers look every second: %s", error)
                sleep(PAUSE)

    def _nobody_waits(self) -> bool:
        with self._lock:
            if not self._events:
                self._listener = None
            return not self._events

    def _wake(self, messages: Sequence[int]) -> None:
        with self._lock:
            for message in messages:
                for event in self._events.get(message, ()):
                    event.set()


def _wait(event: Event, messages: Sequence[int], end: float) -> bool:
    while True:
        event.clear()
        if _all_judged(messages):
            return True
        remaining = end - monotonic()
        if remaining <= 0:
            return False
        event.wait(min(remaining, LOOK_EVERY))


def _all_judged(messages: Sequence[int]) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(_PENDING, [list(messages)])
        if not cursor.fetchone()[0]:
            return True
    if not connection.in_atomic_block:
        connection.close()  # back to the pool
    return False


waiting = Waiting()
