"""The connections that webhooks go over: used again while they are good, and encrypted for the name that was asked."""

import asyncio
import ssl
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from django.utils import timezone

from review.enforcement.webhooks import connections
from review.enforcement.webhooks.connections import Connections
from review.enforcement.webhooks.http_post import send

TAKEN = b"HTTP/1.1 204 No Content\r\n\r\n"


class Receiver:
    """Answers each request with the next of `answers`, the last again and again."""

    def __init__(self, *answers, hangs_up=False):
        self.answers, self.hangs_up, self.requests, self.accepted = list(answers), hangs_up, [], 0
        self.serving = []

    async def serve(self, reader, writer):
        self.accepted += 1
        self.serving.append(asyncio.current_task())
        with suppress(ConnectionError):
            while head := await reader.read(64 * 1024):
                self.requests.append(head)
                answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
                writer.write(answer)
                if self.hangs_up:
                    break
        writer.close()


@asynccontextmanager
async def listening(receiver, tls=None, host="127.0.0.1"):
    server = await asyncio.start_server(receiver.serve, "127.0.0.1", 0, ssl=tls)
    url = f"http{'s' if tls else ''}://{host}:{server.sockets[0].getsockname()[1]}/hooks?of=forum"
    async with Connections(url, allows_private=True) as connected:
        yield connected
    server.close()
    if receiver.serving:
        await asyncio.wait(receiver.serving)
        receiver.serving = []


def run(receiver, posts=1, **options):
    async def all_of_them():
        async with listening(receiver, **options) as connected:
            answers = []
            for _ in range(posts):
                answers.append(await send(connected, [(b"Host", b"receiver")], b"{}"))
                if receiver.hangs_up:
                    await asyncio.wait(receiver.serving)
                    await asyncio.sleep(0.05)  # the end of the connection is on its way
            return answers

    with ThreadPoolExecutor(1) as apart:  # in this one the browser tests may have left a loop running
        return apart.submit(asyncio.run, all_of_them()).result()


def test_a_connection_is_used_again():
    receiver = Receiver(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n", TAKEN)
    answers = run(receiver, posts=3)
    assert [(each.status, each.body, each.error) for each in answers] == [
        (200, b"ok", ""),
        (204, b"", ""),
        (204, b"", ""),
    ]
    assert (receiver.accepted, len(receiver.requests)) == (1, 3)
    assert receiver.requests[0].startswith(b"POST /hooks?of=forum HTTP/1.1\r\n")
    assert receiver.requests[0].endswith(b"Content-Length: 2\r\n\r\n{}")


@pytest.mark.parametrize("says_so", [True, False])
def test_one_that_the_receiver_closes_is_not(says_so):
    closing = b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n" if says_so else TAKEN
    receiver = Receiver(closing, hangs_up=True)
    assert [each.error for each in run(receiver, posts=2)] == ["", ""]
    assert receiver.accepted == 2


def test_nor_one_on_which_more_came_than_the_answer():
    """What came unasked would be taken for the answer to the next request."""
    receiver = Receiver(TAKEN + b"HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n", TAKEN)
    assert [each.status for each in run(receiver, posts=2)] == [204, 204]
    assert receiver.accepted == 2


def test_nor_one_that_was_idle_for_long(monkeypatch):
    monkeypatch.setattr(connections, "KEPT_OPEN", 0.0)
    receiver = Receiver(TAKEN)
    run(receiver, posts=2)
    assert receiver.accepted == 2


def test_what_is_said_before_the_answer_is_none():
    [answer] = run(Receiver(b"HTTP/1.1 103 Early Hints\r\n\r\n" + TAKEN))
    assert (answer.status, answer.error) == (204, "")


@pytest.mark.parametrize("answer", [b"", b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n"])
def test_without_an_answer_it_failed(answer):
    [failed] = run(Receiver(answer, hangs_up=True))
    assert failed.status == 0
    assert failed.error.startswith("the connection failed: ")


@pytest.fixture(scope="module")
def certified(tmp_path_factory):
    """A TLS context for a server called localhost, and one that trusts its certificate."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test")])
    made, now = x509.CertificateBuilder(subject_name=name, issuer_name=name), timezone.now()
    made = made.not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
    made = made.serial_number(x509.random_serial_number()).public_key(key.public_key())
    made = made.add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
    made = made.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    pem = made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path = tmp_path_factory.mktemp("tls") / "server.pem"
    path.write_bytes(secret + pem)
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(path)
    return server, ssl.create_default_context(cadata=pem.decode())


def test_https_asks_for_the_certificate_of_the_name(certified, monkeypatch):
    server, trusting = certified
    receiver = Receiver(TAKEN)
    [unknown] = run(receiver, tls=server, host="localhost")
    assert "certificate verify failed" in unknown.error
    monkeypatch.setattr(connections, "_tls", lambda: trusting)
    [taken, again] = run(receiver, posts=2, tls=server, host="localhost")
    assert (taken.status, again.status) == (204, 204)
    [another_name] = run(receiver, tls=server, host="127.0.0.1")
    assert "certificate verify failed" in another_name.error
    assert len(receiver.requests) == 2
