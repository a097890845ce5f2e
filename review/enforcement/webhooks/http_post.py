"""One request to one receiver: a time limit over all of it, no redirects, and little read of the answer."""

import asyncio
from dataclasses import dataclass, field
from http import HTTPStatus

import h11

from review.enforcement.webhooks.addresses import RefusedAddress
from review.enforcement.webhooks.connections import Connections, Headers

LONGEST = 10.0  # seconds from the name's resolution to the end of the answer
AT_ONCE = 8  # requests to one receiver


@dataclass(frozen=True)
class Answer:
    """What came of a request: a status, or 0 where there was none, and why it failed; empty where it did not."""

    status: int = 0
    error: str = ""
    headers: Headers = field(default_factory=list)
    body: bytes = b""


async def send(connections: Connections, headers: Headers, body: bytes) -> Answer:
    """POST `body`; never raises. Only an answer of 2xx counts as taken: a redirect is followed nowhere."""
    length = (b"Content-Length", str(len(body)).encode())
    try:
        async with asyncio.timeout(LONGEST):
            response = await connections.post([*headers, length], body)
    except TimeoutError:
        return Answer(error=f"no answer within {LONGEST:.0f} s")
    except RefusedAddress as error:
        return Answer(error=str(error))
    except (OSError, h11.ProtocolError, ValueError) as error:
        return Answer(error=f"the connection failed: {' '.join(str(error).split()) or type(error).__name__}"[:200])
    refusal = "" if 200 <= response.status < 300 else _refused(response.status)
    return Answer(response.status, refusal, response.headers, response.body)


def _refused(status: int) -> str:
    if 300 <= status < 400:
        return f"it answered {status}, and redirects are not followed"
    known = HTTPStatus(status).phrase if status in list(HTTPStatus) else ""
    return f"it answered {status} {known}".strip()
