"""`manage.py ingest`: a file of messages, and of rulings, into a source."""

import gzip
import json

import pytest
from django.core.management import CommandError, call_command

from review.intake import ingestion
from review.models import Case, CaseMember, Decision, Label, Message, Outcome, Pending, User
from tests.rows import make_source

pytestmark = pytest.mark.django_db


@pytest.fixture
def ingest(source, tmp_path, capsys):
    """`ingest(name, content, ...)`: what the command printed, and how it ended."""

    def run(name, content, **options):
        path = tmp_path / name
        content = content.encode() if isinstance(content, str) else content
        path.write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
        failure = ""
        try:
            call_command("ingest", path, source=source.slug, **options)
        except CommandError as error:
            failure = str(error)
        printed = capsys.readouterr()
        return printed.out.strip(), printed.err.strip().splitlines(), failure

    return run


def lines(*items):
    return "".join(json.dumps(item) + "\n" for item in items)


@pytest.mark.parametrize("name", ["chat.jsonl", "chat.jsonl.gz", "chat.ndjson"])
def test_it_stores_json_lines(ingest, source, name):
    content = lines({"id": "1", "text": "one\u2028line", "author": "wren"}, {"id": "2", "text": "two", "extra": 1})
    assert ingest(name, content) == ("2 accepted, 0 duplicates", [], "")
    assert set(Message.objects.filter(source=source).values_list("external_id", "text", "author")) == {
        ("1", "one\u2028line", "wren"),
        ("2", "two", ""),
    }
    assert Pending.objects.count() == 2
    assert ingest(name, content) == ("0 accepted, 2 duplicates", [], "")


@pytest.mark.parametrize("name", ["chat.csv", "chat.csv.gz"])
def test_it_stores_csv(ingest, name):
    content = (
        "\ufeffid,text,author,channel,sent_at,metadata,context,score\r\n"
        '1,"two\r\nlines, quoted ""so""",wren,general,2026-01-31T18:30:00Z,"{""k"":1}","[{""text"":""hm""}]",0.5\r\n'
        "2,plain,,,,,,\r\n"
    )
    assert ingest(name, content) == ("2 accepted, 0 duplicates", [], "")
    first = Message.objects.get(external_id="1")
    assert (first.text, first.author) == ('two\r\nlines, quoted "so"', "wren")
    assert (first.metadata, first.context) == ({"k": 1}, [{"author": "", "text": "hm"}])
    assert first.sent_at.isoformat() == "2026-01-31T18:30:00+00:00"


def test_bad_lines_are_named_and_the_good_ones_kept(ingest):
    good, conflict = {"id": "1", "text": "good"}, {"id": "1", "text": "else"}
    content = lines(good, {"id": "2"}) + "\n{nonsense\n" + lines(conflict, 7)
    out, errors, failure = ingest("chat.jsonl", content.encode() + b'{"id": "3", "text": "caf\xe9"}\n')
    assert out == "1 accepted, 0 duplicates"
    assert failure == "5 rows rejected"
    assert sorted(error.split(":")[0] for error in errors) == ["line 2", "line 4", "line 5", "line 6", "line 7"]
    assert "line 2: text: is required" in errors


def test_bad_rows_of_csv_are_named_by_their_last_line(ingest):
    out, errors, _ = ingest("chat.csv", 'id,text,metadata\n1,"two\nlines",\n2,,\n3,x,{nonsense\n')
    assert out == "1 accepted, 0 duplicates"
    assert [error.split(": ")[:2] for error in sorted(errors)] == [["line 4", "text"], ["line 5", "metadata"]]


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("chat.txt", "", "neither .jsonl nor .csv"),
        ("chat.csv", "text\nx\n", "no column 'id'"),
        ("chat.csv", "", "no column 'id' and no column 'text'"),
    ],
)
def test_an_unusable_file_is_refused(ingest, name, content, reason):
    assert reason in ingest(name, content)[2]


def test_a_broken_archive_is_refused(source, tmp_path):
    whole = gzip.compress(lines(*({"id": str(n), "text": str(n)} for n in range(2_000))).encode())
    for content in (b"no archive", whole[: len(whole) // 2]):
        path = tmp_path / "chat.jsonl.gz"
        path.write_bytes(content)
        with pytest.raises(CommandError, match=r"chat\.jsonl\.gz"):
            call_command("ingest", path, source=source.slug)


def test_a_missing_file_or_source_is_refused(source, tmp_path):
    with pytest.raises(CommandError, match="No such file"):
        call_command("ingest", tmp_path / "none.jsonl", source=source.slug)
    with pytest.raises(CommandError, match="no source 'nowhere'"):
        call_command("ingest", tmp_path / "none.jsonl", source="nowhere")


def test_labelled_rows_become_decisions_of_the_import_account(ingest, source):
    rows = [
        {"id": "0", "text": "nice", "flag": 0},
        {"id": "1", "text": "awful", "flag": 1},
        {"id": "2", "text": "worse", "flag": 1, "category": "hate_speech"},
        {"id": "3", "text": "buy", "flag": "spam"},
        {"id": "4", "text": "kind", "flag": False},
        {"id": "5", "text": "unknown", "flag": None},
        {"id": "6", "text": "unsaid"},
    ]
    out, errors, failure = ingest("labelled.jsonl", lines(*rows), label_field="flag")
    assert (out, errors, failure) == ("7 accepted, 0 duplicates, 5 rulings", [], "")
    labels = Label.objects.select_related("decision__case", "decision__by", "message").order_by("message__external_id")
    assert [(label.message.external_id, label.category, label.violation) for label in labels] == [
        ("0", "benign", False),
        ("1", "toxicity", True),
        ("2", "hate_speech", True),
        ("3", "spam", True),
        ("4", "benign", False),
    ]
    for label in labels:
        assert (label.blind, label.cohort_rate, label.source) == (False, None, source)
        assert label.decision.category == label.category
        assert label.decision.case.state == Case.State.DECIDED
        assert label.decision.by.username == "import"
        assert CaseMember.objects.get(case=label.decision.case).message == label.message
    account = User.objects.get(username="import")
    assert not account.has_usable_password()
    assert not account.is_active
    assert not Outcome.objects.exists()
    assert Pending.objects.count() == 7


def test_labels_in_csv_are_read_too(ingest):
    out, errors, _ = ingest("labelled.csv", "id,text,flag\n1,a,1\n2,b,0\n3,c,\n4,d,maybe\n", label_field="flag")
    assert out == "3 accepted, 0 duplicates, 2 rulings"
    assert errors == ["line 5: flag: must be 0, 1 or a category, not 'maybe'"]
    assert set(Decision.objects.values_list("category", "action")) == {("toxicity", "remove"), ("benign", "allow")}


def test_a_second_import_rules_only_on_what_is_new(ingest):
    rows = [{"id": "1", "text": "a", "flag": 1}, {"id": "2", "text": "b"}]
    ingest("labelled.jsonl", lines(*rows), label_field="flag")
    rows[1]["flag"] = 0
    assert ingest("labelled.jsonl", lines(*rows), label_field="flag")[0] == "0 accepted, 2 duplicates, 1 rulings"
    assert Label.objects.count() == Decision.objects.count() == 2


def test_a_rejected_row_rules_on_nothing(ingest):
    rows = [{"id": "1", "text": "a"}, {"id": "1", "text": "other", "flag": 1}, {"id": "2", "text": "", "flag": 1}]
    assert ingest("labelled.jsonl", lines(*rows), label_field="flag")[0] == "1 accepted, 0 duplicates, 0 rulings"
    assert not Label.objects.exists()


def test_chunks_keep_their_line_numbers(ingest, monkeypatch):
    monkeypatch.setattr(ingestion, "CHUNK", 3)
    monkeypatch.setattr(ingestion, "LABELLED_CHUNK", 2)
    rows = [{"id": str(number), "text": "x" if number % 4 else "", "flag": number % 2} for number in range(10)]
    for options, ruled in [({}, ""), ({"label_field": "flag"}, ", 7 rulings")]:
        Message.objects.all().delete()
        out, errors, _ = ingest("chat.jsonl", lines(*rows), **options)
        assert out == f"7 accepted, 0 duplicates{ruled}"
        assert errors == [f"line {line}: text: string should have at least 1 character" for line in (1, 5, 9)]


def test_other_sources_are_not_ruled_on(ingest):
    from review.intake.bulk import store
    from review.intake.rows import Row

    store(make_source("harbour"), [Row("1", "a")])
    ingest("labelled.jsonl", lines({"id": "1", "text": "a", "flag": 1}), label_field="flag")
    assert [label.source.slug for label in Label.objects.select_related("source")] == ["arcade"]
