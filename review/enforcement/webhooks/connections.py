"""HTTP/1.1 to one receiver: a request at a time on each connection, and one that is idle is used again.

A client for general use took longer over each request than all else that a delivery costs: here is only what a POST
without redirects, proxies and cookies needs, and h11 reads and writes the protocol.
"""

from asyncio import StreamReader, StreamWriter
from dataclasses import dataclass
from functools import cache
from ssl import SSLContext
from time import monotonic
from types import TracebackType
from urllib.parse import urlsplit

import h11
from httpcore2 import default_ssl_context

from review.enforcement.webhooks.addresses import Host

MOST_READ = 64 * 1024  # bytes of an answer
KEPT_OPEN = 30.0  # seconds that an idle connection is kept
READ_AT_ONCE = 64 * 1024  # bytes

Headers = list[tuple[bytes, bytes]]


@dataclass(frozen=True)
class Response:
    """What a receiver answered; of its body at most MOST_READ bytes."""

    status: int
    headers: Headers
    body: bytes


class Connections:
    """Those to the receiver at `url`. They belong to the event loop that runs, and whoever asks bounds their number."""

    def __init__(self, url: str, *, allows_private: bool) -> None:
        self.url, self._allows_private = url, allows_private
        self._host: Host | None = None
        self._idle: list[_Connection] = []

    async def post(self, headers: Headers, body: bytes) -> Response:
        """The answer to a POST. Raises OSError, h11.ProtocolError or ValueError where there is none."""
        connection = self._open_one() or await self._new()
        try:
            response = await connection.post(_target(self.url), headers, body)
        except BaseException:
            connection.close()
            raise
        if connection.ends_clean():
            self._idle.append(connection)
        else:
            connection.close()
        return response

    def close(self) -> None:
        """Close what is idle."""
        while self._idle:
            self._idle.pop().close()

    async def __aenter__(self) -> "Connections":
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _open_one(self) -> "_Connection | None":
        """One that is idle, the latest first; what the receiver has closed meanwhile, or was idle for long, is none."""
        while self._idle:
            connection = self._idle.pop()
            if connection.is_open():
                return connection
            connection.close()
        return None

    async def _new(self) -> "_Connection":
        parts = urlsplit(self.url)
        tls = _tls() if parts.scheme == "https" else None
        port = parts.port or (443 if tls else 80)
        if self._host is None:
            self._host = Host(parts.hostname or "", port, allows_private=self._allows_private)
        return _Connection(*await self._host.connect(tls))


class _Connection:
    def __init__(self, reader: StreamReader, writer: StreamWriter) -> None:
        self._reader, self._writer, self._http = reader, writer, h11.Connection(h11.CLIENT)
        self._used_at = monotonic()

    async def post(self, target: str, headers: Headers, body: bytes) -> Response:
        request = h11.Request(method="POST", target=target, headers=headers)
        parts = [self._http.send(each) for each in (request, h11.Data(data=body), h11.EndOfMessage())]
        self._writer.write(b"".join(part for part in parts if part))
        await self._writer.drain()
        while not isinstance(answer := await self._next(), h11.Response):
            if not isinstance(answer, h11.InformationalResponse):
                raise h11.RemoteProtocolError("the receiver hung up without an answer")
        read = bytearray()
        while isinstance(part := await self._next(), h11.Data):
            read += part.data
            if len(read) >= MOST_READ:
                break
        return Response(answer.status_code, answer.headers.raw_items(), bytes(read[:MOST_READ]))

    def ends_clean(self) -> bool:
        """Make it ready for the next request; False where the answer was not read to its end, or was the last."""
        self._used_at = monotonic()
        if self._http.our_state is not h11.DONE or self._http.their_state is not h11.DONE:
            return False
        self._http.start_next_cycle()
        return True

    def is_open(self) -> bool:
        """Whether a request may be sent: nothing came unasked, and it was used of late."""
        unasked = self._http.trailing_data[0] or self._reader.at_eof()
        return not unasked and not self._writer.is_closing() and monotonic() - self._used_at < KEPT_OPEN

    def close(self) -> None:
        """At once: what is on its way is dropped, and nobody waits for a receiver that does not read."""
        self._writer.transport.abort()

    async def _next(self) -> h11.Event | type[h11.PAUSED]:
        while (event := self._http.next_event()) is h11.NEED_DATA:
            self._http.receive_data(await self._reader.read(READ_AT_ONCE))
        return event  # type: ignore[return-value] # not NEED_DATA


@cache
def _tls() -> SSLContext:
    """One for all: to read the certificates of the authorities takes a tenth of a second."""
    return default_ssl_context()


def _target(url: str) -> str:
    parts = urlsplit(url)
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
