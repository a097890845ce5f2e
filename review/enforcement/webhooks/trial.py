"""A test event: sent at once and kept nowhere, with the exact request and answer for a person to read."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from uuid import uuid4

from django.utils import timezone

from review.enforcement.webhooks.connections import Connections, Headers
from review.enforcement.webhooks.http_post import Answer, send
from review.enforcement.webhooks.requests import Request, requests_for
from review.models import Delivery, Endpoint, Event

SHOWN = 2_000  # characters of an answer


@dataclass(frozen=True)
class Trial:
    """What was sent and what came back, as text. `error` says why it does not count as taken."""

    request: str
    answer: str
    error: str


def try_out(endpoint: Endpoint) -> Trial:
    """Send a test event; takes up to the time limit of a delivery. Never raises for what the receiver does."""
    event = Delivery(endpoint=endpoint, event=Event.TEST, uid=uuid4(), created_at=timezone.now())
    [request] = requests_for([event], {endpoint.pk: endpoint})
    headers = request.headers()
    with ThreadPoolExecutor(1) as apart:  # whoever asks may have a loop of its own running
        answer = apart.submit(asyncio.run, _sent(endpoint, request, headers)).result()
    return Trial(_asked(endpoint, headers, request.body), _answered(answer), answer.error)


async def _sent(endpoint: Endpoint, request: Request, headers: Headers) -> Answer:
    async with Connections(endpoint.url, allows_private=endpoint.allows_private) as connections:
        return await send(connections, headers, request.body)


def _asked(endpoint: Endpoint, headers: Headers, body: bytes) -> str:
    return f"POST {endpoint.url}\n{_lines(headers)}\n\n{body.decode()}"


def _answered(answer: Answer) -> str:
    if not answer.status:
        return ""
    return f"{answer.status}\n{_lines(answer.headers)}\n\n{answer.body.decode(errors='replace')}"[:SHOWN]


def _lines(headers: Headers) -> str:
    return "\n".join(f"{name.decode('latin-1')}: {value.decode('latin-1')}" for name, value in headers)
