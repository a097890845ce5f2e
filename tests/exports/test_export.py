"""manage.py export."""

import csv
import io
import json
from datetime import UTC, datetime, timedelta

import pyarrow.parquet
import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from review.exports.rows import EXPORTS, RowFilter, pages
from review.models import Decision, Message
from tests.rows import make_case, make_message, make_source, make_verdict

pytestmark = pytest.mark.django_db


@pytest.fixture
def exported(capsysbinary):
    """`exported("messages", "--since", "2026-01-01")`: the bytes that it writes."""

    def export(*arguments):
        call_command("export", *arguments)
        return capsysbinary.readouterr().out

    return export


def lines(written):
    return [json.loads(line) for line in written.decode().splitlines()]


def make_decision(case, by, effective_at=None, **fields):
    values = {"category": "spam", "action": "remove", "note": "ad", "effective_at": effective_at or timezone.now()}
    return Decision.objects.create(case=case, by=by, **{**values, **fields})


def test_messages_as_json_lines(exported):
    message = make_message(make_source(), "grüße\n2", metadata={"level": 12}, context=[{"author": "w", "text": "hi"}])
    (row,) = lines(exported("messages"))
    assert list(row) == list(EXPORTS["messages"].columns)
    assert (row["id"], row["source"], row["text"]) == (message.external_id, "arcade", "grüße\n2")
    assert (row["metadata"], row["context"]) == ({"level": 12}, [{"author": "w", "text": "hi"}])
    assert datetime.fromisoformat(row["sent_at"]) == message.sent_at
    assert row["outcome"] is None


def test_every_page_is_written_in_order(exported, monkeypatch):
    source = make_source()
    made = [make_message(source).external_id for _ in range(7)]
    monkeypatch.setitem(EXPORTS, "messages", EXPORTS["messages"].__class__(**{**vars(EXPORTS["messages"]), "page": 3}))
    assert [row["id"] for row in lines(exported("messages"))] == made


def test_only_one_source_and_only_since(exported):
    old, new = make_message(make_source()), make_message(make_source())
    make_message(make_source("elsewhere"))
    Message.objects.filter(pk=old.pk).update(received_at=datetime(2026, 1, 30, 23, tzinfo=UTC))
    rows = lines(exported("messages", "--source", "arcade", "--since", "2026-01-31"))
    assert [row["id"] for row in rows] == [new.external_id]
    assert len(lines(exported("messages", "--since", "2026-01-30T23:00:00Z"))) == 3


def test_decisions_in_effect_with_their_messages(exported, alice):
    source = make_source()
    case, second = make_case(source), make_message(source, external_id="m/second")
    case.members.create(message=second)
    decision = make_decision(case, alice)
    make_decision(make_case(source), alice, effective_at=timezone.now() + timedelta(seconds=20))
    make_decision(make_case(source), alice, undone_at=timezone.now(), undone_by=alice)
    (row,) = lines(exported("decisions"))
    assert (row["id"], row["by"], row["category"], row["note"]) == (decision.pk, "alice", "spam", "ad")
    assert len(row["messages"]) == 2 and row["messages"][1] == "m/second"


def test_verdicts_are_as_the_api_tells_them(exported):
    verdict = make_verdict(make_message(make_source()), 0.75, 1.1)
    make_verdict(make_message(make_source("elsewhere")))
    (row,) = lines(exported("verdicts", "--source", "arcade"))
    assert (row["id"], row["probability"], row["margin"]) == (verdict.message.external_id, 0.75, 1.1)
    assert row["categories"]["toxicity"] == pytest.approx(0.45)
    assert row["policy"] == 1 and row["judged_at"]


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "＝1", "=cmd|' /C calc'!A0"])
def test_no_cell_of_csv_is_a_formula(exported, text):
    make_message(make_source(), text, author=text[:200])
    (row,) = csv.DictReader(io.StringIO(exported("messages", "--format", "csv").decode(), newline=""))
    assert row["text"] == row["author"] == f"'{text}"


def test_numbers_in_csv_stay_numbers(exported):
    make_verdict(make_message(make_source()), 0.2, -1.5)
    (row,) = csv.DictReader(io.StringIO(exported("verdicts", "--format", "csv").decode()))
    assert row["margin"] == "-1.5" and row["flag"] == "false"
    assert json.loads(row["categories"])["benign"] == 0.8


def test_csv_of_nothing_has_its_header(exported):
    assert exported("decisions", "--format", "csv").decode().strip() == ",".join(EXPORTS["decisions"].columns)


@pytest.mark.parametrize("what", EXPORTS)
def test_parquet_holds_what_json_lines_hold(exported, alice, what):
    source = make_source()
    for number in range(3):
        message = make_message(source, metadata={"n": number})
        make_verdict(message)
        make_decision(make_case(source, message), alice)
    table = pyarrow.parquet.read_table(io.BytesIO(exported(what, "--format", "parquet")))
    expected = lines(exported(what))
    assert table.num_rows == len(expected) == 3
    for row, other in zip(table.to_pylist(), expected, strict=True):
        for name, kind in EXPORTS[what].columns.items():
            if kind == "moment":
                assert row[name] == datetime.fromisoformat(other[name])
            else:
                assert (json.loads(row[name]) if kind == "data" else row[name]) == other[name]


def test_parquet_of_nothing_can_be_read(exported):
    table = pyarrow.parquet.read_table(io.BytesIO(exported("messages", "--format", "parquet")))
    assert table.num_rows == 0 and table.column_names == list(EXPORTS["messages"].columns)


@pytest.mark.parametrize("what", EXPORTS)
def test_no_page_is_read_by_offset(what, alice):
    source = make_source()
    for _ in range(3):
        message = make_message(source)
        make_verdict(message)
        make_decision(make_case(source, message), alice)
    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert sum(len(rows) for _, rows in pages(EXPORTS[what], RowFilter(source))) == 3
    assert not any("OFFSET" in query["sql"] for query in queries)


@pytest.mark.django_db(transaction=True)
def test_no_transaction_is_open_between_pages(alice, monkeypatch):
    make_message(make_source())
    for _ in pages(EXPORTS["messages"], RowFilter()):
        assert not connection.in_atomic_block and connection.connection.info.transaction_status == 0


def test_what_cannot_be_done_is_said():
    with pytest.raises(CommandError, match="no source 'nowhere'"):
        call_command("export", "messages", "--source", "nowhere")
    with pytest.raises(CommandError, match="no date"):
        call_command("export", "messages", "--since", "yesterday")
