"""One request to one receiver: a time limit over all of it, no redirects, and little read of the answer."""

import asyncio
from dataclasses import dataclass, field
from http import HTTPStatus

from httpcore2 import (
    AsyncConnectionPool,
    NetworkError,
    ProtocolError,
    TimeoutException,
    UnsupportedProtocol,
)

from review.enforcement.webhooks.addresses import CheckedBackend, RefusedAddress

LONGEST = 10.0  # seconds from the name's resolution to the end of the answer
MOST_READ = 64 * 1024  # bytes of an answer
AT_ONCE = 8  # requests to one receiver
KEPT_OPEN = 30.0  # seconds that an idle connection is kept

Headers = list[tuple[bytes, bytes]]


@dataclass(frozen=True)
class Answer:
    """What came of a request: a status, or 0 where there was none, and why it failed; empty where it did not."""

    status: int = 0
    error: str = ""
    headers: Headers = field(default_factory=list)
    body: bytes = b""


def new_pool(*, allows_private: bool) -> AsyncConnectionPool:
    """Connections to one receiver, for the event loop that runs."""
    return AsyncConnectionPool(
        network_backend=CheckedBackend(allows_private=allows_private),
        max_connections=AT_ONCE,
        keepalive_expiry=KEPT_OPEN,
    )


async def send(pool: AsyncConnectionPool, url: str, headers: Headers, body: bytes) -> Answer:
    """POST `body`; never raises. Only an answer of 2xx counts as taken: a redirect is followed nowhere."""
    try:
        async with asyncio.timeout(LONGEST):
            return await _send(pool, url, headers, body)
    except (TimeoutError, TimeoutException):
        return Answer(error=f"no answer within {LONGEST:.0f} s")
    except RefusedAddress as error:
        return Answer(error=str(error))
    except (NetworkError, ProtocolError, UnsupportedProtocol, OSError, ValueError) as error:
        return Answer(error=f"the connection failed: {' '.join(str(error).split()) or type(error).__name__}"[:200])


async def _send(pool: AsyncConnectionPool, url: str, headers: Headers, body: bytes) -> Answer:
    length = (b"Content-Length", str(len(body)).encode())
    async with pool.stream("POST", url, headers=[*headers, length], content=body) as response:
        read = bytearray()
        async for part in response.aiter_stream():
            read += part
            if len(read) >= MOST_READ:
                break
        error = "" if 200 <= response.status < 300 else _refused(response.status)
        return Answer(response.status, error, response.headers, bytes(read[:MOST_READ]))


def _refused(status: int) -> str:
    if 300 <= status < 400:
        return f"it answered {status}, and redirects are not followed"
    known = HTTPStatus(status).phrase if status in list(HTTPStatus) else ""
    return f"it answered {status} {known}".strip()
