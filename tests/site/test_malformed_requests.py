"""Requests that cannot be read, or never end, sent to the real web process by real sockets."""

import json
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from math import inf
from pathlib import Path
from threading import BoundedSemaphore, Event
from time import sleep
from urllib.parse import urlsplit

import httpx
import pytest
from django.test import Client, RequestFactory
from django.urls import resolve

from moddog_site import malformed_requests, slow_bodies
from moddog_site.slow_bodies import BodyTooSlow, TimedBody
from review.models import ApiToken
from tests.intake.conftest import web_server
from tests.rows import make_source
from tests.site.running import Run, copied, up
from tests.stack import wait_until

JSON, PAGE = "/api/v1/messages", "/accounts/login/"


@pytest.fixture(scope="module")
def run(migrated_home: Path) -> Iterator[Run]:
    with copied(migrated_home) as home, up(home) as run:
        run.says("moddog is at")
        yield run


def send(run: Run, head: str, *, headers: str = "", body: str = "") -> tuple[int, str, bytes]:
    """Status, head and body of what is answered."""
    with socket.create_connection(("127.0.0.1", run.port), timeout=10) as connection:
        connection.sendall(f"{head} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{headers}\r\n{body}".encode())
        return read(connection)


def read(connection: socket.socket) -> tuple[int, str, bytes]:
    answer = b""
    while part := connection.recv(65536):
        answer += part
    head, _, body = answer.partition(b"\r\n\r\n")
    return int(head.split()[1]), head.decode(), body


def code_of(body: bytes) -> str:
    return str(json.loads(body)["error"]["code"])


@pytest.mark.parametrize("kind", ["text/plain; charset*=BOGUS''x", "a/b; x*=utf-8''%ff; y*=NOPE'en'z"])
def test_a_content_type_that_cannot_be_read_is_answered(run: Run, kind: str) -> None:
    for path in (JSON, "/v1/moderations"):
        status, head, body = send(run, f"POST {path}", headers=f"Content-Type: {kind}\r\nContent-Length: 0\r\n")
        assert (status, code_of(body)) == (400, "malformed")
    status, head, body = send(run, f"POST {PAGE}", headers=f"Content-Type: {kind}\r\nContent-Length: 0\r\n")
    assert (status, body) == (400, b"The header Content-Type cannot be read.\n")
    assert "content-type: text/plain" in head.lower()


@pytest.mark.parametrize("charset", ["hex", "base64", "undefined", "idna", "punycode"])
def test_a_charset_that_is_no_encoding_of_text_is_answered(run: Run, charset: str) -> None:
    body = '--x\r\nContent-Disposition: form-data; name="login"\r\n\r\ndana\r\n--x--\r\n'
    kind = f"Content-Type: multipart/form-data; boundary=x; charset={charset}\r\nContent-Length: {len(body)}\r\n"
    status, _, answer = send(run, f"POST {PAGE}", headers=kind, body=body)
    assert (status, answer) == (400, b"The header Content-Type cannot be read.\n")
    assert send(run, f"GET {PAGE}?next=%2F", headers=f"Content-Type: text/plain; charset={charset}\r\n")[0] == 400


@pytest.mark.parametrize("charset", ["utf-8", "UTF-16", "latin-1", "shift_jis", "NOPE"])
def test_any_other_charset_is_let_through(run: Run, charset: str) -> None:
    assert send(run, f"GET {PAGE}?next=%2F", headers=f"Content-Type: text/plain; charset={charset}\r\n")[0] == 200


def test_a_long_address_and_large_headers_get_the_one_shape(run: Run) -> None:
    status, _, body = send(run, f"GET {JSON}?cursor={'x' * 60_000}")
    assert (status, code_of(body)) == (414, "address_too_long")
    status, _, body = send(run, f"GET {JSON}", headers=f"X-Padding: {'x' * 300_000}\r\n")
    assert (status, code_of(body)) == (431, "headers_too_large")


def test_what_the_server_itself_refuses_has_the_right_status(run: Run) -> None:
    """It answers such a request before any Python runs, with an empty body."""
    assert send(run, f"GET {JSON}?cursor={'x' * 200_000}")[0] == 414
    assert send(run, f"GET {JSON}", headers=f"X-Padding: {'x' * 1_000_000}\r\n")[0] == 431


@pytest.mark.parametrize("path", ["/accounts/oidc/%00/login/", "/policy/?source=%00", "/cases/%00/", "/api/v1/a%00b"])
def test_what_nothing_can_be_called_is_not_found(client: Client, db: None, path: str) -> None:
    assert client.get(path).status_code == 404


@pytest.mark.django_db(transaction=True)
def test_a_body_that_dribbles_ends_and_holds_no_thread() -> None:
    """Forty of them, more than there are threads, to a page and to the API."""
    token = ApiToken.issue(make_source(), "tests", ["ingest"])
    with web_server(32, "tests.site.impatient_wsgi:application") as server, ThreadPoolExecutor(40) as pool:
        cookie = httpx.get(f"{server}{PAGE}").cookies["csrftoken"]
        form = f"Cookie: csrftoken={cookie}\r\nContent-Type: application/x-www-form-urlencoded\r\n"
        heads = [
            f"POST {PAGE} HTTP/1.1\r\n{form}",
            f"POST {JSON} HTTP/1.1\r\nAuthorization: Bearer {token}\r\n",
        ]
        slow = [pool.submit(dribble, server, heads[number % 2]) for number in range(40)]
        wait_until(lambda: any(each.done() for each in slow))  # all have begun, and those without a place ended
        assert httpx.get(f"{server}/healthz", timeout=10).status_code == 200
        assert not all(each.done() for each in slow)
        assert {each.result() for each in slow} == {408}


def dribble(server: str, head: str) -> int:
    """A byte every half second; the status that is answered."""
    address = urlsplit(server)
    with socket.create_connection((address.hostname, address.port), timeout=0.5) as connection:
        connection.sendall(f"{head}Host: localhost\r\nContent-Length: 100000\r\n\r\n".encode())
        while True:
            try:
                return int(connection.recv(65536).split()[1])
            except TimeoutError:
                connection.sendall(b"x")


class Chunks:
    """A raw body that comes in these chunks, each after so many seconds; `read` fills what was asked for."""

    def __init__(self, *chunks: tuple[float, bytes]) -> None:
        self.chunks, self.held, self.sizes = list(chunks), b"", []

    def read(self, size: int) -> bytes:
        self.sizes.append(size)
        while len(self.held) < size and self.chunks:
            seconds, chunk = self.chunks.pop(0)
            sleep(seconds)
            self.held += chunk
        part, self.held = self.held[:size], self.held[size:]
        return part


class HeldBack:
    """A raw body whose byte comes once all of them are sent."""

    def __init__(self, sent: Event) -> None:
        self.sent = sent

    def read(self, size: int) -> bytes:
        assert self.sent.wait(60)
        return b"x"


def test_all_of_a_body_comes_through_whatever_the_sizes() -> None:
    content = bytes(range(256)) * 4000
    body = TimedBody(Chunks(*((0, content[start : start + 1000]) for start in range(0, len(content), 1000))))
    assert body.read(10) == content[:10]
    assert body.read(70_000) == content[10:70_010]
    assert body.read() == content[70_010:]
    assert body.read() == body.read(5) == b""


def test_lines_come_whole() -> None:
    body = TimedBody(Chunks((0, b"one\ntw"), (0, b"o\n\nthree"), (0, b" and more")))
    assert body.readline() == b"one\n"
    assert body.readline(1) == b"t"
    assert body.read(2) == b"wo"
    assert list(body) == [b"\n", b"\n", b"three and more"]


def test_pieces_grow_so_that_a_large_body_costs_few_reads() -> None:
    raw = Chunks((0, b"x" * 10_000_000))
    assert len(TimedBody(raw).read()) == 10_000_000
    assert len(raw.sizes) < 200


def test_a_slow_body_is_given_up_and_an_ordinary_slow_one_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slow_bodies, "PATIENCE", 2.0)
    dribbling = TimedBody(Chunks(*[(0.2, b"x")] * 60))
    with pytest.raises(BodyTooSlow):
        dribbling.read(60)
    assert dribbling.timed_out
    enough = TimedBody(Chunks(*[(0.1, b"x" * 500)] * 10))
    assert len(enough.read(5000)) == 5000


def test_a_body_that_comes_just_fast_enough_still_ends() -> None:
    chunks = [(0.1, b"x" * 500)] * 10
    with pytest.raises(BodyTooSlow):
        TimedBody(Chunks(*chunks), longest=0.4).read(5000)
    assert len(TimedBody(Chunks(*chunks), longest=inf).read(5000)) == 5000


@pytest.mark.parametrize(("path", "status"), [("/intake/", 403), (PAGE, 408)])
def test_only_where_files_are_sent_a_body_may_take_longer(
    monkeypatch: pytest.MonkeyPatch, db: None, path: str, status: int
) -> None:
    """Django reads each for its form's token, which is missing."""
    monkeypatch.setattr(malformed_requests, "LONGEST", 0.3)
    form = RequestFactory().post(path, "x" * 8, "application/x-www-form-urlencoded").environ
    form |= {"HTTP_COOKIE": f"csrftoken={'a' * 32}", "wsgi.input": Chunks(*[(0.1, b"x")] * 8)}
    statuses: list[str] = []
    malformed_requests.Handler()(form, lambda line, *_: statuses.append(line))
    assert [int(line.split()[0]) for line in statuses] == [status]


def test_the_addresses_where_files_are_sent_are_there() -> None:
    for path in malformed_requests.OF_ANY_LENGTH:
        assert resolve(path)


def test_more_slow_bodies_than_there_are_places_are_given_up_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slow_bodies, "_slow_places", BoundedSemaphore(slow_bodies.MOST_SLOW))
    monkeypatch.setattr(slow_bodies, "SLOW", 0.05)
    sent = Event()
    slow = [TimedBody(HeldBack(sent)) for _ in range(slow_bodies.MOST_SLOW + 1)]
    with ThreadPoolExecutor(len(slow)) as pool:
        ends = [pool.submit(gives_up, body) for body in slow]
        wait_until(lambda: any(each.done() for each in ends))
        sent.set()
        assert sum(each.result() for each in ends) == 1
    for body in slow:
        body.close()
    assert not gives_up(TimedBody(Chunks((0.2, b"x"))))


def gives_up(body: TimedBody) -> bool:
    try:
        return body.read(1) != b"x"
    except BodyTooSlow:
        return True


def test_what_went_wrong_below_is_passed_on() -> None:
    class Broken:
        def read(self, size: int) -> bytes:
            raise ConnectionResetError("gone")

    with pytest.raises(ConnectionResetError, match="gone"):
        TimedBody(Broken()).read()
