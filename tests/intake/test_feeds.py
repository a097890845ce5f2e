"""GET outcomes and GET verdicts: in order, from a cursor on, and of the token's own source."""

import threading
import time
from base64 import urlsafe_b64encode

import pytest
from django.db import connection

from review.enforcement.publisher import publish
from review.intake import feeds
from review.models import ApiToken
from tests.enforcement.conftest import give
from tests.intake.conftest import assert_error
from tests.rows import make_message, make_source, make_verdict

pytestmark = pytest.mark.django_db
SOON = 15  # seconds: long before the wait of 20 that was asked for, and longer than a busy machine is held up


@pytest.fixture
def given(source):
    """Five outcomes, published."""
    outcomes = [give(make_message(source, external_id=f"m{number}")) for number in range(5)]
    publish()
    return outcomes


class TestPages:
    def test_a_reader_meets_each_row_once_and_in_order(self, call, given):
        cursor, ids, more = "", [], []
        for _ in range(3):
            answer = call("get", f"/outcomes?limit=2&cursor={cursor}").json()
            ids += [row["id"] for row in answer["outcomes"]]
            more.append(answer["more"])
            cursor = answer["cursor"]
        assert ids == ["m0", "m1", "m2", "m3", "m4"]
        assert more == [True, True, False]
        assert call("get", f"/outcomes?cursor={cursor}").json() == {"outcomes": [], "cursor": cursor, "more": False}

    def test_a_row_is_the_outcome_with_the_id_of_its_message(self, call, given):
        row = call("get", "/outcomes?limit=1").json()["outcomes"][0]
        assert (row["id"], row["seq"], row["action"], row["by"], row["why"]) == (
            "m0",
            1,
            "hide",
            "automation",
            "policy 1",
        )

    def test_verdicts_are_as_with_their_message(self, call, source):
        make_verdict(make_message(source, external_id="m0"), probability=0.8)
        publish()
        [row] = call("get", "/verdicts").json()["verdicts"]
        assert row == call("get", "/messages/m0").json()["verdict"]

    def test_what_is_not_published_does_not_show(self, call, source):
        give(make_message(source))
        assert call("get", "/outcomes").json()["outcomes"] == []

    def test_other_sources_rows_do_not_show(self, call, given):
        other = ApiToken.issue(make_source("book-club"), "tests", ["read"])
        assert call("get", "/outcomes", token=other).json()["outcomes"] == []

    def test_a_page_takes_as_many_queries_as_a_row(self, call, source, django_assert_max_num_queries):
        for number in range(20):
            make_verdict(make_message(source, external_id=f"m{number}"))
        publish()
        with django_assert_max_num_queries(9):
            assert len(call("get", "/verdicts").json()["verdicts"]) == 20


class TestRefused:
    @pytest.mark.parametrize("query", ["limit=0", "limit=1001", "limit=x", "wait=31", "wait=-1", "wait=nan"])
    def test_numbers_out_of_range(self, call, query):
        assert_error(call("get", f"/outcomes?{query}"), 422, "invalid")

    @pytest.mark.parametrize(
        "said", [b"verdicts 1", b"outcomes -1", b"outcomes 9" + b"9" * 30, b"\xff\xfe", b"outcomes"]
    )
    def test_cursors_that_this_feed_never_gave(self, call, said):
        assert_error(call("get", f"/outcomes?cursor={urlsafe_b64encode(said).decode()}"), 422, "invalid")

    @pytest.mark.parametrize("said", ["!", "a", "%00", "%C3%A9"])
    def test_cursors_that_are_none(self, call, said):
        assert_error(call("get", f"/outcomes?cursor={said}"), 422, "invalid")

    def test_a_token_that_may_not_read(self, call, source):
        token = ApiToken.issue(source, "sender", ["ingest"])
        assert_error(call("get", "/outcomes", token=token), 403, "forbidden")


class TestWait:
    @pytest.mark.django_db(transaction=True)
    def test_it_is_answered_as_soon_as_there_is_a_row(self, call, source):
        message = make_message(source, external_id="m0")

        def act():
            time.sleep(0.5)
            give(message)
            publish()
            connection.close()

        began, other = time.monotonic(), threading.Thread(target=act)
        other.start()
        rows = call("get", "/outcomes?wait=20").json()["outcomes"]
        other.join()
        assert [row["id"] for row in rows] == ["m0"]
        assert time.monotonic() - began < SOON

    def test_without_a_row_it_ends_in_time(self, call):
        began = time.monotonic()
        assert call("get", "/outcomes?wait=0.5").json()["outcomes"] == []
        assert 0.5 <= time.monotonic() - began < SOON

    def test_who_comes_when_many_wait_is_answered_at_once(self, call, monkeypatch):
        monkeypatch.setattr(feeds, "_waiters", threading.BoundedSemaphore(1))
        feeds._waiters.acquire()
        began = time.monotonic()
        assert call("get", "/outcomes?wait=20").status_code == 200
        assert time.monotonic() - began < SOON
