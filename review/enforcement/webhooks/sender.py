"""Sends requests in a thread of its own, many at once and few to one receiver, and says what came of each."""

import asyncio
from collections import Counter
from queue import Empty, SimpleQueue
from threading import Thread
from time import monotonic

from review.enforcement.webhooks.circuits import OPENS_AFTER
from review.enforcement.webhooks.connections import Connections
from review.enforcement.webhooks.http_post import AT_ONCE, LONGEST, send
from review.enforcement.webhooks.leases import LEASE, End, Sent
from review.enforcement.webhooks.requests import Request


class Receiver:
    """Connections to one endpoint, and how many requests may be on their way to it."""

    def __init__(self, key: tuple[str, bool]) -> None:
        self.key = key
        self.connections = Connections(key[0], allows_private=key[1])
        self.slots = asyncio.Semaphore(AT_ONCE)
        self.failures = 0  # in a row


class Sender:
    """Takes requests from one thread, `submit` and `sent` being called from there alone."""

    def __init__(self) -> None:
        self.held: Counter[int] = Counter()
        self._shut: set[int] = set()
        self._sent: SimpleQueue[Sent] = SimpleQueue()
        self._receivers: dict[int, Receiver] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._loop = asyncio.new_event_loop()
        self._thread = Thread(target=self._loop.run_forever, name="sender", daemon=True)
        self._thread.start()

    def submit(self, requests: list[Request], leased_at: float) -> None:
        """Send these as soon as there is room; `leased_at` is on the monotonic clock, in seconds."""
        self.held.update(each.endpoint.pk for each in requests)
        self._shut -= {each.endpoint.pk for each in requests}
        self._loop.call_soon_threadsafe(self._start, requests, leased_at + LEASE - LONGEST)

    def sent(self, seconds: float) -> list[Sent]:
        """What was sent since this was last asked; waits up to so many seconds for the first."""
        found: list[Sent] = []
        try:
            found.append(self._sent.get(timeout=seconds) if seconds else self._sent.get_nowait())
            while True:
                found.append(self._sent.get_nowait())
        except Empty:
            self.held.subtract(each.endpoint for each in found)
            return found

    def shut(self, endpoints: set[int]) -> None:
        """Have what waits for these endpoints returned unsent, until something is submitted to them again."""
        self._shut |= endpoints

    def close(self) -> None:
        """End the thread; what is on its way is dropped."""
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result(LONGEST)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(LONGEST)
        self._loop.close()

    def _start(self, requests: list[Request], latest: float) -> None:
        for request in requests:
            task = self._loop.create_task(self._deliver(request, latest))
            self._tasks.add(task)  # a task that nothing refers to may be collected
            task.add_done_callback(self._tasks.discard)

    async def _end(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for receiver in self._receivers.values():
            receiver.connections.close()

    async def _deliver(self, request: Request, latest: float) -> None:
        endpoint = request.endpoint
        receiver = self._receiver(endpoint.pk, (endpoint.url, endpoint.allows_private))
        end, error = End.RETURNED, ""
        async with receiver.slots:
            if endpoint.pk not in self._shut and monotonic() < latest:
                answer = await send(receiver.connections, request.headers(), request.body)
                end, error = (End.FAILED, answer.error) if answer.error else (End.DELIVERED, "")
                receiver.failures = receiver.failures + 1 if answer.error else 0
                if receiver.failures >= OPENS_AFTER:  # before it is written down: what waits need not find out, too
                    self._shut.add(endpoint.pk)
        delivery = request.delivery
        assert delivery.token  # noqa: S101 - it is leased
        self._sent.put(Sent(delivery.pk, delivery.token, endpoint.pk, delivery.attempts, end, error))

    def _receiver(self, endpoint: int, key: tuple[str, bool]) -> Receiver:
        """That of the endpoint as it is now: another address, or another permission, gets connections of its own."""
        known = self._receivers.get(endpoint)
        if known is None or known.key != key:
            known = self._receivers[endpoint] = Receiver(key)
        return known
