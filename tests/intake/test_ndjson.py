"""POST messages with JSON lines: each row for itself, in whole batches, and an error says how far it came."""

import gzip
import json

import pytest
from django.test import Client

from review.intake import batches, encodings, storing
from review.models import Message
from tests.intake.conftest import assert_error


@pytest.fixture
def send(token):
    client = Client(raise_request_exception=False)

    def post(body, query="", kind="application/x-ndjson", **headers):
        headers["Authorization"] = f"Bearer {token}"
        return client.post(f"/api/v1/messages{query}", body, content_type=kind, headers=headers)

    return post


def lines(*items):
    return "".join(json.dumps(item) + "\n" for item in items).encode()


def rows(count):
    return [{"id": f"m{number}", "text": f"text {number}"} for number in range(count)]


@pytest.mark.parametrize("kind", ["application/x-ndjson", "application/jsonl", "application/x-ndjson; charset=utf-8"])
def test_each_line_is_a_row(send, kind):
    body = b"\r\n".join([b'{"id": "1", "text": "one"}', b"", b'{"id": "2"}', b"{", b'{"id": "1", "text": "one"}'])
    response = send(body, kind=kind)
    assert response.status_code == 202
    assert response.json() == {
        "accepted": 1,
        "duplicates": 1,
        "rejected": [
            {"index": 1, "id": "2", "line": 3, "error": {"code": "invalid", "message": "text: is required"}},
            response.json()["rejected"][1],
        ],
        "rejected_total": 2,
    }
    assert (response.json()["rejected"][1]["line"], response.json()["rejected"][1]["error"]["code"]) == (4, "malformed")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_byte_order_mark_says_the_encoding(send, encoding):
    body = '{"id": "1", "text": "füńf \N{FROG FACE}"}\n'.encode(encoding)
    assert send(body).json()["accepted"] == 1
    assert Message.objects.get().text == "füńf \N{FROG FACE}"


def test_nothing_is_no_rows(send):
    assert send(b"\n\r\n").json()["accepted"] == 0


def test_many_rows_go_in_by_batches_and_again_without_doubles(send, monkeypatch):
    monkeypatch.setattr(storing, "BATCH", 700)
    body = lines(*rows(2_000))
    assert send(body).json()["accepted"] == 2_000
    assert send(gzip.compress(body, mtime=0), **{"Content-Encoding": "gzip"}).json()["duplicates"] == 2_000
    assert Message.objects.count() == 2_000


def test_rows_count_by_their_weight_too(send, monkeypatch):
    sizes = []
    monkeypatch.setattr(batches, "BATCH_BYTES", 1_000)
    monkeypatch.setattr(storing, "prepare", None)
    prepare = batches.prepare
    monkeypatch.setattr(batches, "prepare", lambda source, found: sizes.append(len(found)) or prepare(source, found))
    assert send(lines(*({**row, "text": "x" * 600} for row in rows(7)))).json()["accepted"] == 7
    assert sizes == [2, 2, 2, 1]


def test_an_archive_that_breaks_off_leaves_whole_batches_and_says_so(send, monkeypatch):
    monkeypatch.setattr(storing, "BATCH", 500)
    whole = gzip.compress(lines(*({**row, "text": row["text"] * 20} for row in rows(3_000))), mtime=0)
    error = assert_error(send(whole[: len(whole) // 2], **{"Content-Encoding": "gzip"}), 400, "malformed")
    done = error["details"]["rows"]
    assert done % 500 == 0
    assert 0 < done < 3_000
    assert error["details"] == {"rows": done, "accepted": done, "duplicates": 0, "rejected_total": 0}
    assert Message.objects.count() == done


def test_a_bomb_is_cut(send, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 100_000
    bomb = gzip.compress(b'{"id": "1", "text": "' + b"x" * 50_000_000, mtime=0)
    assert_error(send(bomb, **{"Content-Encoding": "gzip"}), 413, "too_large")


def test_text_that_shrinks_well_is_no_bomb(send, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1_000
    body = lines(*({"id": str(number), "text": f"{number} same words " * 20} for number in range(500)))
    packed = gzip.compress(body, mtime=0)
    assert len(body) > encodings.PLAUSIBLE * len(packed) / 4
    assert send(packed, **{"Content-Encoding": "gzip"}).json()["accepted"] == 500


def test_a_line_longer_than_lines_may_be_costs_no_other(send):
    body = b'{"id": "1", "text": "one"}\n{"x": "' + b"x" * (5 << 20) + b'"}\n{"id": "2", "text": "two"}'
    answer = send(body).json()
    assert (answer["accepted"], answer["rejected_total"]) == (2, 1)
    assert answer["rejected"][0]["error"]["message"] == "longer than a line may be"


def test_what_is_echoed_is_short(send):
    answer = send(lines({"id": "x" * 100_000, "text": "y"})).json()
    assert answer["rejected"][0]["id"] == "x" * 200


def test_no_more_than_a_hundred_may_be_waited_for(send):
    assert_error(send(lines(*rows(101)), "?wait=1"), 422, "invalid")
    assert not Message.objects.exists()


def test_rows_that_are_waited_for_are_counted_as_ever(send):
    response = send(lines(*rows(2), {"id": ""}), "?wait=0.05")
    assert (response.status_code, response.json()["accepted"], response.json()["rejected_total"]) == (202, 2, 1)


def test_what_somebody_waits_for_may_weigh_no_more_than_an_array(send, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 100_000
    body = lines(*({"id": str(number), "text": "x" * 20_000} for number in range(6)))
    assert_error(send(body, query="?wait=1"), 413, "too_large")
    bomb = gzip.compress(b'{"id": "1", "text": "' + b"x" * 50_000_000, mtime=0)
    assert_error(send(bomb, query="?wait=1", **{"Content-Encoding": "gzip"}), 413, "too_large")
    assert not Message.objects.exists()
