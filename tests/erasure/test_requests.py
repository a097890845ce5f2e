"""Erasing an author from the page of a source: asked for by its admins, done behind the page, named nowhere after."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from review.erasure import requests
from review.erasure.authors import erase_author
from review.erasure.tasks import carry_out_requests
from review.models import AuditEntry, ErasureRequest, Message
from tests.rows import make_message, make_source

pytestmark = pytest.mark.django_db
PAGE = "/sources/arcade/"
ASKED = {"author": "wren <b>", "understood": "on"}


@pytest.fixture
def arcade():
    """A community in which wren wrote two messages and robin one."""
    source = make_source()
    for text, author in (("one", "wren <b>"), ("two", "wren <b>"), ("three", "robin")):
        make_message(source, text, author=author)
    return source


@pytest.fixture
def erin(make_person, arcade):
    return make_person("erin", "admin", arcade)


def test_an_admin_of_the_source_asks_and_a_worker_does_it(arcade, erin, sign_in):
    browser = sign_in(erin)
    page = browser.post(f"{PAGE}erase/", ASKED, follow=True).content.decode()
    assert "is erased within minutes" in page and "is being erased" in page
    assert "wren &lt;b&gt;" in page and "wren <b>" not in page
    assert Message.objects.filter(author="wren <b>").count() == 2
    carry_out_requests()
    assert list(Message.objects.exclude(text="").values_list("author", flat=True)) == ["robin"]
    assert not Message.objects.filter(author="wren <b>").exists()
    assert not ErasureRequest.objects.exists()
    assert "is being erased" not in browser.get(PAGE).content.decode()


def test_the_log_says_who_asked_and_how_much_it_was_and_never_of_whom(arcade, erin, sign_in):
    sign_in(erin).post(f"{PAGE}erase/", ASKED)
    carry_out_requests()
    entries = AuditEntry.objects.order_by("pk").values_list("verb", "actor", "details")
    assert list(entries) == [("asked for an erasure", erin.pk, {}), ("erased author", erin.pk, {"messages": 2})]


@pytest.mark.parametrize(
    ("sent", "why"),
    [
        ({"author": "wren <b>"}, "Tick this"),
        ({"author": "", "understood": "on"}, "This field is required"),
        ({"author": "x" * 201, "understood": "on"}, "at most 200 characters"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_the_reason(arcade, erin, sign_in, sent, why):
    answer = sign_in(erin).post(f"{PAGE}erase/", sent)
    assert answer.status_code == 200 and why in answer.content.decode()
    assert not ErasureRequest.objects.exists()


def test_a_name_that_wrote_nothing_is_said_to_be_none(arcade, erin, sign_in):
    page = sign_in(erin).post(f"{PAGE}erase/", {"author": "Wren", "understood": "on"}, follow=True).content.decode()
    assert "There is no message by Wren." in page


def test_asked_twice_it_is_done_once(arcade, erin, sign_in):
    for _ in range(2):
        sign_in(erin).post(f"{PAGE}erase/", ASKED)
    carry_out_requests()
    assert AuditEntry.objects.filter(verb="asked for an erasure").count() == 1
    assert AuditEntry.objects.filter(verb="erased author").count() == 1
    ErasureRequest.objects.create(source=arcade, author="robin")
    with pytest.raises(IntegrityError), transaction.atomic():
        ErasureRequest.objects.create(source=arcade, author="robin")


def test_the_same_name_elsewhere_stays(arcade, erin, sign_in):
    make_message(make_source("library"), "four", author="wren <b>")
    sign_in(erin).post(f"{PAGE}erase/", ASKED)
    carry_out_requests()
    assert Message.objects.get(author="wren <b>").text == "four"


@pytest.mark.parametrize("role", ["moderator", "senior"])
def test_nobody_else_may(arcade, make_person, sign_in, role):
    assert sign_in(make_person("fay", role, arcade)).post(f"{PAGE}erase/", ASKED).status_code == 404
    assert sign_in(make_person("gus", "admin", make_source("library"))).post(f"{PAGE}erase/", ASKED).status_code == 404
    assert not ErasureRequest.objects.exists()


def test_what_a_worker_is_at_is_left_to_it_until_its_lease_is_over(arcade):
    soon = timezone.now() + timedelta(minutes=5)
    asked = ErasureRequest.objects.create(source=arcade, author="wren <b>", lease_until=soon)
    carry_out_requests()
    assert Message.objects.filter(author="wren <b>").exists()
    ErasureRequest.objects.filter(pk=asked.pk).update(lease_until=timezone.now() - timedelta(seconds=1))
    carry_out_requests()
    assert not Message.objects.filter(author="wren <b>").exists()


def test_one_that_fails_keeps_no_other_waiting_and_is_tried_again(arcade, monkeypatch):
    for author in ("wren <b>", "robin"):
        ErasureRequest.objects.create(source=arcade, author=author)

    def broken(source, author, **how):
        if author == "wren <b>":
            raise RuntimeError("the database went away")
        return erase_author(source, author, **how)

    monkeypatch.setattr(requests, "erase_author", broken)
    carry_out_requests()
    left = ErasureRequest.objects.get()
    assert left.author == "wren <b>" and left.lease_until > timezone.now()
    assert not Message.objects.filter(author="robin").exists()


def test_purged_by_command_a_request_is_done_as_well(arcade):
    ErasureRequest.objects.create(source=arcade, author="wren <b>")
    erase_author(arcade, "wren <b>")
    assert not ErasureRequest.objects.exists()
