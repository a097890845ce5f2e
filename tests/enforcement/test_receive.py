"""The programs of docs/receive.md, run as they are written there, against moddog as it is."""

import os
import re
import socket
import subprocess
import sys
from contextlib import contextmanager

import pytest
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hmac import HMAC
from django.utils import timezone

from moddog_site.variables import PROJECT
from review.enforcement import author_outcomes
from review.enforcement.publisher import publish
from review.enforcement.webhooks.signing import signature
from review.models import ApiToken, Decision, Delivery, User
from tests.enforcement.conftest import give, make_endpoint
from tests.rows import make_case, make_message
from tests.stack import free_port, wait_until

PAGE = (PROJECT / "docs" / "receive.md").read_text(encoding="utf-8")
RECEIVER, READER = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)


@pytest.fixture
def program(tmp_path):
    """`program(text, argument, **environ)`: runs it for the block, and gives the file of what it prints."""

    @contextmanager
    def run(text, argument, **environ):
        path, said = tmp_path / "program.py", tmp_path / "said"
        path.write_text(text)
        with said.open("wb") as output:
            command = [sys.executable, str(path), argument]
            process = subprocess.Popen(command, env={**os.environ, **environ}, stdout=output)
            try:
                yield said
            finally:
                process.terminate()
                process.wait()

    return run


def listens(port: int) -> bool:
    with socket.socket() as door:
        return door.connect_ex(("127.0.0.1", port)) == 0


def ban(source, author):
    """As a person does who decides a case."""
    case = make_case(source, make_message(source, author=author))
    person = User.objects.create_user(f"{author} knows", password=None)
    now = timezone.now()
    decision = Decision.objects.create(
        case=case, by=person, category="spam", action="allow", author_action="ban", effective_at=now
    )
    author_outcomes.ask_for(decision)
    assert author_outcomes.settle_due()


@pytest.mark.django_db
class TestReceiver:
    def test_it_does_what_it_is_told_by_whoever_knows_the_secret(self, source, program, deliver):
        port = free_port()
        endpoint = make_endpoint(source, f"http://127.0.0.1:{port}/")
        first = make_message(source, external_id="m1")
        give(first, "hide")
        give(first, "allow")
        give(make_message(source, external_id="m2"), "remove")
        with program(RECEIVER, str(port), WEBHOOK_SECRET=endpoint.secret) as said:
            wait_until(lambda: listens(port))
            deliver()
            assert set(Delivery.objects.values_list("state", flat=True)) == {"delivered"}
            Delivery.objects.update(state="waiting")  # as if nothing had been noted
            deliver()
            assert sorted(said.read_text().splitlines()) == ["allow message m1", "hide message m1", "remove message m2"]

    def test_it_does_what_is_done_to_authors_too(self, source, program, deliver):
        port = free_port()
        endpoint = make_endpoint(source, f"http://127.0.0.1:{port}/", events=["author.outcome"])
        ban(source, "wren")
        with program(RECEIVER, str(port), WEBHOOK_SECRET=endpoint.secret) as said:
            wait_until(lambda: listens(port))
            deliver()
            assert said.read_text() == "ban author wren\n"

    def test_while_a_secret_is_replaced_the_old_one_is_enough(self, source, program, deliver):
        port = free_port()
        endpoint = make_endpoint(source, f"http://127.0.0.1:{port}/")
        old = endpoint.secret
        endpoint.rotate()
        give(make_message(source, external_id="m1"), "hide")
        with program(RECEIVER, str(port), WEBHOOK_SECRET=old) as said:
            wait_until(lambda: listens(port))
            deliver()
            assert said.read_text() == "hide message m1\n"

    def test_others_are_refused(self, source, program, deliver):
        port = free_port()
        make_endpoint(source, f"http://127.0.0.1:{port}/")
        give(make_message(source, external_id="m1"), "hide")
        with program(RECEIVER, str(port), WEBHOOK_SECRET="whsec_another") as said:
            wait_until(lambda: listens(port))
            deliver()
            assert Delivery.objects.get().error == "it answered 401 Unauthorized"
            assert said.read_text() == ""


@pytest.mark.django_db(transaction=True)
def test_the_reader_goes_on_where_it_ended(source, server, program, tmp_path):
    token = ApiToken.issue(source, "reader", ["read"])
    reader, cursor = READER.replace("https://moddog.example.org", server), str(tmp_path / "cursor")
    give(make_message(source, external_id="m1"), "hide")
    publish()
    with program(reader, cursor, MODDOG_TOKEN=token) as said:
        wait_until(lambda: said.read_text() == "hide message m1\n")
        ban(source, "wren")
        publish()
        give(make_message(source, external_id="m2"), "remove")
        publish()
        wait_until(lambda: said.read_text() == "hide message m1\nban author wren\nremove message m2\n")
    give(make_message(source, external_id="m3"), "allow")
    publish()
    with program(reader, cursor, MODDOG_TOKEN=token) as said:
        wait_until(said.read_text)
        assert said.read_text() == "allow message m3\n"


@pytest.mark.parametrize("secrets", [["whsec_one"], ["whsec_one", "whsec_two"]])
def test_signatures_are_those_of_openssl(secrets):
    body = '{"event":"test","text":"naïve 日本"}'.encode()
    header = signature(secrets, 1_700_000_000, body)
    moment, *marks = [part.partition("=")[2] for part in header.split(",")]
    assert moment == "1700000000"
    for secret, mark in zip(secrets, marks, strict=True):
        other = HMAC(secret.encode(), SHA256())
        other.update(b"1700000000." + body)
        assert other.finalize().hex() == mark
