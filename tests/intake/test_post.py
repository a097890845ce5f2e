"""POST messages: one object, or an array in which each row stands for itself."""

import gzip
import json
from urllib.parse import quote

import pytest
from django.test import Client

from review.intake import api, storing
from review.models import ApiToken, Message, Pending
from tests.intake.conftest import assert_error
from tests.rows import make_source

ONE = {"id": "a/1", "text": "hello there"}


def counts(accepted=0, duplicates=0):
    return {"accepted": accepted, "duplicates": duplicates, "rejected": [], "rejected_total": 0}


def test_it_stores_one_message_with_everything(call, source):
    body = {
        **ONE,
        "author": "kestrel",
        "channel": "general",
        "thread": "t1",
        "sent_at": "2026-01-31T18:30:00+02:00",
        "context": [{"author": "wren", "text": "hm?"}, {"text": "well"}],
        "metadata": {"level": 3, "tags": ["a", None]},
    }
    response = call("post", "/messages", body)
    assert (response.status_code, response.json()) == (202, counts(accepted=1))
    message = Message.objects.get(source=source)
    assert (message.external_id, message.text) == ("a/1", "hello there")
    assert (message.author, message.channel, message.thread) == ("kestrel", "general", "t1")
    assert message.sent_at.isoformat() == "2026-01-31T16:30:00+00:00"
    assert message.context == [{"author": "wren", "text": "hm?"}, {"author": "", "text": "well"}]
    assert message.metadata == {"level": 3, "tags": ["a", None]}
    assert Pending.objects.filter(message=message, attempts=0, token=None).exists()


def test_what_is_left_out_or_null_gets_a_default(call):
    call("post", "/messages", {**ONE, "author": None, "sent_at": None, "context": None, "unknown": 1})
    message = Message.objects.get()
    assert (message.author, message.context, message.metadata) == ("", [], {})
    assert message.sent_at == message.received_at


def test_the_same_id_and_text_is_a_duplicate(call):
    call("post", "/messages", ONE)
    response = call("post", "/messages", ONE)
    assert (response.status_code, response.json()) == (202, counts(duplicates=1))
    assert Message.objects.count() == Pending.objects.count() == 1


def test_the_same_id_with_another_text_is_a_conflict(call):
    call("post", "/messages", ONE)
    assert_error(call("post", "/messages", {**ONE, "text": "something else"}), 409, "conflict")
    assert Message.objects.get().text == "hello there"


def test_another_source_may_use_the_same_id(call, source):
    other = ApiToken.issue(make_source("harbour"), "tests", ["ingest"])
    call("post", "/messages", ONE)
    assert call("post", "/messages", {**ONE, "text": "theirs"}, token=other).json() == counts(accepted=1)


def test_an_invalid_object_names_its_fields(call):
    error = assert_error(call("post", "/messages", {"id": "", "text": 3}), 422, "invalid")
    assert [each["field"] for each in error["details"]] == ["id", "text"]
    assert not Message.objects.exists()


def test_an_array_keeps_the_good_rows(call):
    call("post", "/messages", ONE)
    rows = [{"id": "b", "text": "fine"}, 7, {"id": "c"}, ONE, {**ONE, "text": "x"}, {"id": "b", "text": "y"}]
    response = call("post", "/messages", rows)
    answer = response.json()
    assert response.status_code == 202
    assert (answer["accepted"], answer["duplicates"], answer["rejected_total"]) == (1, 1, 4)
    assert [(row["index"], row["id"], row["error"]["code"]) for row in answer["rejected"]] == [
        (1, None, "invalid"),
        (2, "c", "invalid"),
        (4, "a/1", "conflict"),
        (5, "b", "conflict"),
    ]
    assert all(row["error"]["message"] for row in answer["rejected"])


def test_within_an_array_the_first_of_an_id_wins(call):
    rows = [{"id": "x", "text": text} for text in ("first", "second", "first")]
    answer = call("post", "/messages", rows).json()
    assert (answer["accepted"], answer["duplicates"], answer["rejected_total"]) == (1, 1, 1)
    assert Message.objects.get().text == "first"


def test_an_empty_array_is_no_error(call):
    assert call("post", "/messages", []).json() == counts()


def test_it_lists_the_first_thousand_rejected(call, monkeypatch):
    monkeypatch.setattr(storing, "BATCH", 400)
    answer = call("post", "/messages", [{"id": str(number)} for number in range(1_100)]).json()
    assert [row["index"] for row in answer["rejected"]] == list(range(1_000))
    assert answer["rejected_total"] == 1_100


def test_nul_and_lone_surrogates_reject_their_row_alone(call):
    body = rb"""[{"id": "a", "text": "x\u0000y"}, {"id": "b", "text": "\ud800"}, {"id": "\udfff", "text": "x"},
                 {"id": "c", "text": "x", "metadata": {"k": "\u0000"}}, {"id": "d", "text": "x", "author": "\ud800"},
                 {"id": "e", "text": "x", "context": [{"text": "\u0000"}]}, {"id": "f", "text": "\ud83d\ude00"}]"""
    answer = call("post", "/messages", body).json()
    assert (answer["accepted"], answer["rejected_total"]) == (1, 6)
    assert Message.objects.get().text == "\N{GRINNING FACE}"
    assert answer["rejected"][2]["id"] == "\udfff"


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[1,]", b'"text"', b"3", b"\xff\xfe\xfa", b"[NaN]", b"[" * 100_000, b'{"id": 1'],
)
def test_what_is_not_json_or_neither_object_nor_array_is_malformed(call, body):
    assert_error(call("post", "/messages", body), 400, "malformed")


def test_another_media_type_is_refused(call, token):
    for kind in ("application/x-www-form-urlencoded", "text/csv", "multipart/form-data; boundary=x"):
        response = Client().post(
            "/api/v1/messages", b"id=1", content_type=kind, headers={"Authorization": f"Bearer {token}"}
        )
        assert_error(response, 415, "unsupported_media_type")


GZIP = {"Content-Encoding": "gzip"}


@pytest.mark.parametrize("body", [ONE, [ONE]])
def test_a_gzipped_body_is_read(call, body):
    assert call("post", "/messages", gzip.compress(json.dumps(body).encode(), mtime=0), **GZIP).json() == counts(
        accepted=1
    )


def test_a_body_in_another_coding_is_refused(call):
    response = call("post", "/messages", b"x", **{"Content-Encoding": "br"})
    assert_error(response, 415, "unsupported_media_type")


def test_a_bomb_is_cut_where_a_plain_body_is(call, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 100_000
    bomb = gzip.compress(b"[" + b" " * 50_000_000 + b"]", mtime=0)
    assert len(bomb) < 100_000
    assert_error(call("post", "/messages", bomb, **GZIP), 413, "too_large")


@pytest.mark.parametrize("body", [b"no archive", gzip.compress(b"[]", mtime=0)[:-4], b""])
def test_a_broken_archive_is_malformed(call, body):
    assert_error(call("post", "/messages", body, **GZIP), 400, "malformed")


def test_what_one_row_holds_costs_no_other(call):
    deep, digits = "[" * 900 + "]" * 900, "9" * 5_000
    bad = [
        '{"id": "b", "text": "x", "sent_at": "0001-01-01T00:00:00+23:59"}',
        '{"id": "b", "text": "x", "sent_at": 1e999}',
        f'{{"id": "b", "text": "x", "metadata": {{"k": {digits}}}}}',
        f'{{"id": "b", "text": "x", "metadata": {{"k": {deep}}}}}',
        f'{{"id": {digits}, "text": "x"}}',
        '{"id": "b", "text": "x", "metadata": {"k": 1e999}}',
        r'{"id": "b", "text": "x", "metadata": {"\ud800": 1}}',
        r'{"id": "b", "text": "\ud800"}',
        '{"id": "..", "text": "x"}',
        "[]",
        "null",
    ]
    good = '{"id": "g", "text": "good"}, {"id": "h", "text": "x", "sent_at": "2026-01-31T18:30:00+16:00"}'
    answer = call("post", "/messages", f"[{good}, {', '.join(bad)}]".encode()).json()
    assert (answer["accepted"], [row["index"] for row in answer["rejected"]]) == (2, list(range(2, 2 + len(bad))))


def test_a_row_nested_deeper_than_python_goes_costs_no_other(call):
    deep = "[" * 5_000 + "]" * 5_000
    answer = call(
        "post", "/messages", f'[{{"id": "g", "text": "good"}}, {{"id": "b", "x": {deep}}}, 7]'.encode()
    ).json()
    assert (answer["accepted"], [row["index"] for row in answer["rejected"]]) == (1, [1, 2])


@pytest.mark.parametrize("wait", ["1_0", "+1", "\u0661", "0", "", "-1", "31", "nan", "inf", "1e9", " 1", "1.", ".5"])
def test_wait_is_a_number_as_json_writes_it(call, wait):
    assert_error(call("post", f"/messages?wait={quote(wait)}", ONE), 422, "invalid")
    assert not Message.objects.exists()


def test_too_large_a_body_is_refused(call, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1_000
    assert_error(call("post", "/messages", {**ONE, "text": "x" * 1_000}), 413, "too_large")


def test_too_many_rows_are_refused(call, monkeypatch):
    monkeypatch.setattr(api, "MOST_ROWS", 2)
    assert_error(call("post", "/messages", [ONE] * 3), 413, "too_large")
    assert not Message.objects.exists()


def test_an_array_of_thousands_goes_in_by_batches(call, source):
    rows = [{"id": f"m{number}", "text": f"text {number}", "author": "kestrel"} for number in range(6_000)]
    assert call("post", "/messages", rows).json() == counts(accepted=6_000)
    assert call("post", "/messages", rows[::-1]).json() == counts(duplicates=6_000)
    assert Pending.objects.filter(message__source=source).count() == 6_000
