"""The real web server and bodies of any length: constant memory, clients that stop in the middle, slow ones."""

import gzip
import json
import random
import socket
from contextlib import ExitStack, suppress
from threading import Event, Thread
from urllib.parse import urlsplit

import httpx
import psutil
import pytest

from review.models import ApiToken, Message
from tests.rows import make_source
from tests.stack import wait_until

pytestmark = pytest.mark.django_db(transaction=True)
MIB = 1 << 20


@pytest.fixture
def token(transactional_db):
    return ApiToken.issue(make_source(), "tests", ["ingest", "read"])


@pytest.fixture
def client(server, token):
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/x-ndjson"}
    with httpx.Client(base_url=f"{server}/api/v1", headers=headers, timeout=120) as client:
        yield client


def lines(numbers, characters):
    for number in numbers:
        text = random.Random(number).randbytes(characters // 2).hex()
        yield json.dumps({"id": f"m{number}", "text": text}).encode() + b"\n"


class Memory:
    """The most memory that the web server's processes held between entering and leaving, in bytes."""

    def __init__(self, address):
        port = str(urlsplit(address).port)
        self._processes = [each for each in psutil.process_iter(["cmdline"]) if port in (each.info["cmdline"] or ())]
        self._done, self.most = Event(), 0

    def now(self):
        return sum(each.memory_info().rss for each in self._processes)

    def __enter__(self):
        self.before = self.most = self.now()
        self._watch = Thread(target=self._look)
        self._watch.start()
        return self

    def _look(self):
        while not self._done.wait(0.01):
            self.most = max(self.most, self.now())

    def __exit__(self, *error):
        self._done.set()
        self._watch.join()

    @property
    def growth(self):
        return self.most - self.before


@pytest.mark.parametrize("sent_as", ["chunks", "a length", "gzip"])
def test_a_long_body_does_not_fill_the_memory(client, server, sent_as):
    client.post("/messages", content=b"".join(lines(range(10_000, 10_200), 8_000)))  # loads what is loaded once
    body, headers, rows = lines(range(6_000), 20_000), {}, 6_000
    if sent_as == "a length":
        headers["Content-Length"] = str(sum(map(len, lines(range(6_000), 20_000))))
    if sent_as == "gzip":
        headers["Content-Encoding"] = "gzip"
        body = gzip.compress(b"".join(lines(range(6_000), 20_000)), 1, mtime=0)
    with Memory(server) as memory:
        response = client.post("/messages", content=body, headers=headers)
    assert response.json() == {"accepted": rows, "duplicates": 0, "rejected": [], "rejected_total": 0}
    assert memory.growth < 64 * MIB


def test_a_line_without_end_does_not_fill_it_either(client, server):
    client.post("/messages", content=b"".join(lines(range(200), 8_000)))
    endless = (b'{"id": "1", "text": "' + b"x" * MIB if number == 0 else b"x" * MIB for number in range(200))
    with Memory(server) as memory:
        response = client.post("/messages", content=endless)
    assert response.json()["rejected"][0]["error"]["message"] == "longer than a line may be"
    assert memory.growth < 64 * MIB


def test_rejected_rows_do_not_fill_it_either(client, server):
    client.post("/messages", content=b"".join(lines(range(200), 8_000)))
    with Memory(server) as memory:
        response = client.post("/messages", content=(b"{}\n" * 10_000 for _ in range(30)))
    assert response.json()["rejected_total"] == 300_000
    assert len(response.json()["rejected"]) == 1_000
    assert memory.growth < 64 * MIB


@pytest.mark.parametrize("length", ["Content-Length: 100000000", "Transfer-Encoding: chunked"])
def test_a_client_that_stops_in_the_middle_leaves_whole_batches(client, server, token, length):
    whole = list(lines(range(700), 8_000))
    sent = b"".join(whole[:600]) + b'{"id": "cut", "text": "cut o'
    if "chunked" in length:
        sent = b"%x\r\n%b\r\n" % (len(sent), sent)
    head = f"POST /api/v1/messages HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n{length}\r\n"
    address = urlsplit(server)
    with socket.create_connection((address.hostname, address.port)) as connection:
        connection.sendall(head.encode() + b"Content-Type: application/x-ndjson\r\n\r\n" + sent)
        wait_until(Message.objects.exists)
    answer = client.post("/messages", content=b"".join(whole)).json()
    assert answer["accepted"] + answer["duplicates"] == Message.objects.count() == 700
    assert answer["duplicates"] > 0
    assert answer["rejected_total"] == 0
    assert not Message.objects.filter(external_id="cut").exists()


def test_a_client_that_is_turned_away_in_the_middle_and_stays_holds_up_nobody(client, server, token):
    ApiToken.objects.update(messages_a_minute=5)
    client.post("/messages", content=b"".join(lines(range(9_000, 9_100), 10)))  # uses the minute up
    whole = b"".join(lines(range(2_000), 3_000))
    head = f"POST /api/v1/messages HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n"
    head += "Content-Type: application/x-ndjson\r\nContent-Length: 100000000\r\n\r\n"
    address = urlsplit(server)
    with ExitStack() as stay:
        for _ in range(6):  # more than the server has threads
            connection = stay.enter_context(socket.create_connection((address.hostname, address.port), timeout=30))
            with suppress(ConnectionError):  # the server may hang up while it is still sent to
                connection.sendall(head.encode() + whole)
                assert b" 429 " in connection.recv(100)
            assert httpx.get(f"{server}/healthz", timeout=10).status_code == 200


def test_a_slow_client_is_read_to_its_end(client):
    body = b"".join(lines(range(60), 10))
    response = client.post("/messages", content=(body[start : start + 7] for start in range(0, len(body), 7)))
    assert response.json()["accepted"] == 60


def test_a_file_in_chunks_is_read_too(client):
    form = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.jsonl"\r\n\r\n'
    body = form + b"".join(lines(range(300), 1_000)) + b"\r\n--x--\r\n"
    response = client.post(
        "/messages/upload",
        content=(body[start : start + 5_000] for start in range(0, len(body), 5_000)),
        headers={"Content-Type": "multipart/form-data; boundary=x"},
    )
    assert response.json()["accepted"] == 300


def test_a_file_that_breaks_off_is_not_taken(client):
    form = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\nid,text\r\n1,hello\r\n2,he'
    response = client.post(
        "/messages/upload", content=form, headers={"Content-Type": "multipart/form-data; boundary=x"}
    )
    assert (response.status_code, response.json()["error"]["code"]) == (400, "malformed")
    assert not Message.objects.exists()
