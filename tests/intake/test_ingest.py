"""`manage.py ingest`: a file of messages, and of labels, into a source."""

import gzip
import json

import pytest
from django.core.management import CommandError, call_command

from review.intake import ingestion, storing
from review.intake.rows import Row
from review.intake.storing import store
from review.management.commands.ingest import UNDECLARED
from review.models import Case, CaseMember, Decision, Label, Message, Outcome, Pending, User
from tests.rows import make_source

pytestmark = pytest.mark.django_db


@pytest.fixture
def ingest(source, tmp_path, capsys):
    """`ingest(name, content, ...)`: what the command printed, and how it ended."""

    def run(name, content, **options):
        path = tmp_path / name
        content = content.encode() if isinstance(content, str) else content
        path.write_bytes(gzip.compress(content, mtime=0) if name.endswith(".gz") else content)
        failure = ""
        try:
            call_command("ingest", path, source=source.slug, **options)
        except CommandError as error:
            failure = str(error)
        printed = capsys.readouterr()
        out = printed.out.strip().removesuffix(f"\n{UNDECLARED}")
        return out, printed.err.strip().splitlines(), failure

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
        ("chat.csv", "message,who\nx,y\n", "the header, parted by ',', has 'message', 'who'"),
        ("chat.csv", "id,text,id\n1,x,2\n", "the column 'id' is there twice"),
        ("chat.csv", "id,text\n1,x\n".encode("utf-32"), "line 1: this is UTF-32"),
        ("chat.csv", "id,text\n1,x\n".encode("utf-16-le"), "line 1: neither UTF-8, nor UTF-16 with a byte order mark"),
        ("chat.csv", "id,caf\xe9,text\n1,x,y\n".encode("latin-1"), "line 1: not UTF-8, byte 0xe9"),
        ("chat.txt", "", "neither .jsonl nor .csv"),
        ("chat.csv", "text\nx\n", "no column 'id'"),
        ("chat.csv", "", "no column 'id' and no column 'text'"),
    ],
)
def test_an_unusable_file_is_refused(ingest, name, content, reason):
    assert reason in ingest(name, content)[2]


def test_a_broken_archive_is_refused(source, tmp_path):
    whole = gzip.compress(lines(*({"id": str(n), "text": str(n)} for n in range(2_000))).encode(), mtime=0)
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
    assert (out, errors, failure) == ("7 accepted, 0 duplicates, 5 labels", [], "")
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
    assert out == "3 accepted, 0 duplicates, 2 labels"
    assert errors == ["line 5: flag: must be 0, 1 or a category, not 'maybe'"]
    assert set(Decision.objects.values_list("category", "action")) == {("toxicity", "remove"), ("benign", "allow")}


@pytest.mark.parametrize(
    ("cell", "category"),
    [
        ("1.0", "toxicity"),
        ("0.0", "benign"),
        (" 1 ", "toxicity"),
        ("spam", "spam"),
        ("1.00", "toxicity"),
        ("1e0", "toxicity"),
        ("0.000", "benign"),
    ],
)
def test_a_label_in_csv_is_what_it_is_in_json(ingest, cell, category):
    out, errors, _ = ingest("labelled.csv", f"id,text,flag\n1,a,{cell}\n", label_field="flag")
    assert (out, errors) == ("1 accepted, 0 duplicates, 1 labels", [])
    assert Label.objects.get().category == category


@pytest.mark.parametrize("cell", ["01", "+1", "1_0", "0x1", "2", "1e999", "nan"])
def test_what_is_no_label_in_json_is_none_in_csv(ingest, cell):
    _, errors, _ = ingest("labelled.csv", f"id,text,flag\n1,a,{cell}\n", label_field="flag")
    assert errors == [f"line 2: flag: must be 0, 1 or a category, not {cell!r}"]


@pytest.mark.parametrize("category", [["x"], {"name": "hate_speech"}])
def test_a_category_that_is_no_name_rejects_its_row(ingest, category):
    rows = [{"id": "1", "text": "a", "flag": 1, "category": category}, {"id": "2", "text": "b", "flag": 1}]
    out, errors, _ = ingest("labelled.jsonl", lines(*rows), label_field="flag")
    assert out == "1 accepted, 0 duplicates, 1 labels"
    assert errors == [f"line 1: category: must be one name, not {str(category)!r}"]


def test_a_second_import_rules_only_on_what_is_new(ingest):
    rows = [{"id": "1", "text": "a", "flag": 1}, {"id": "2", "text": "b"}]
    ingest("labelled.jsonl", lines(*rows), label_field="flag")
    rows[1]["flag"] = 0
    assert ingest("labelled.jsonl", lines(*rows), label_field="flag")[0] == "0 accepted, 2 duplicates, 1 labels"
    assert Label.objects.count() == Decision.objects.count() == 2


def in_force():
    labels = Label.objects.filter(decision__undone_at=None).order_by("message__external_id")
    return list(labels.values_list("message__external_id", "category"))


def test_a_label_that_differs_is_counted_and_listed(ingest):
    rows = [{"id": str(number), "text": "x", "flag": 1} for number in range(3)]
    ingest("labelled.jsonl", lines(*rows), label_field="flag")
    rows[0]["flag"], rows[2]["flag"] = 0, "spam"
    out, errors, failure = ingest("labelled.jsonl", lines(*rows), label_field="flag")
    assert (out, failure) == ("0 accepted, 3 duplicates, 0 labels, 2 differ from what stands", "")
    assert [error.partition(": ")[0] for error in errors] == ["line 1", "line 3"]
    assert "differs from what stands (toxicity)" in errors[0]
    assert {category for _, category in in_force()} == {"toxicity"}


def test_a_label_that_differs_is_taken_as_a_correction(ingest):
    rows = [{"id": str(number), "text": "x", "flag": 1} for number in range(3)]
    ingest("labelled.jsonl", lines(*rows), label_field="flag")
    rows[0]["flag"], rows[2]["flag"] = 0, "spam"
    out, errors, _ = ingest("labelled.jsonl", lines(*rows), label_field="flag", relabel=True)
    assert (out, errors) == ("0 accepted, 3 duplicates, 0 labels, 2 corrected", [])
    assert in_force() == [("0", "benign"), ("1", "toxicity"), ("2", "spam")]
    assert Case.objects.count() == 3
    assert Decision.objects.exclude(undone_at=None).count() == 2


def test_of_two_labels_in_one_file_the_first_stands_unless_it_is_corrected(ingest):
    rows = [{"id": "1", "text": "x", "flag": 1}, {"id": "1", "text": "x", "flag": 0}]
    out, errors, _ = ingest("labelled.jsonl", lines(*rows), label_field="flag")
    assert out == "1 accepted, 1 duplicates, 1 labels, 1 differ from what stands"
    assert errors[0].startswith("line 2: ")
    ingest("labelled.jsonl", lines(*rows), label_field="flag", relabel=True)
    assert in_force() == [("1", "benign")]


def test_rows_that_were_drawn_are_a_declared_cohort(ingest):
    content = lines({"id": "1", "text": "x", "flag": 1}, {"id": "2", "text": "y"})
    ingest("labelled.jsonl", content, label_field="flag", drawn=0.25)
    label = Label.objects.get()
    assert (label.cohort_rate, label.declared, label.blind) == (0.25, True, True)
    out, errors, _ = ingest("labelled.jsonl", content, label_field="flag", drawn=0.5)
    assert out.endswith("1 differ from what stands")
    assert "(toxicity, drawn at 0.25)" in errors[0]


@pytest.mark.parametrize("options", [["--drawn", "0.1"], ["--relabel"]])
def test_what_is_said_of_labels_needs_to_know_where_they_are(source, tmp_path, options):
    with pytest.raises(CommandError, match="--label-field"):
        call_command("ingest", str(tmp_path / "x.jsonl"), "--source", source.slug, *options)


@pytest.mark.parametrize("written", ["0", "-0.1", "1.01", "nan", "all"])
def test_a_rate_is_a_share(source, tmp_path, written):
    path = str(tmp_path / "x.jsonl")
    with pytest.raises(CommandError, match="a rate lies above 0"):
        call_command("ingest", path, "--source", source.slug, "--label-field", "f", "--drawn", written)


def test_a_rejected_row_rules_on_nothing(ingest):
    rows = [{"id": "1", "text": "a"}, {"id": "1", "text": "other", "flag": 1}, {"id": "2", "text": "", "flag": 1}]
    assert ingest("labelled.jsonl", lines(*rows), label_field="flag")[0] == "1 accepted, 0 duplicates, 0 labels"
    assert not Label.objects.exists()


def test_chunks_keep_their_line_numbers(ingest, monkeypatch):
    monkeypatch.setattr(storing, "BATCH", 3)
    monkeypatch.setattr(ingestion, "LABELLED_BATCH", 2)
    rows = [{"id": str(number), "text": "x" if number % 4 else "", "flag": number % 2} for number in range(10)]
    for options, labels in [({}, ""), ({"label_field": "flag"}, ", 7 labels")]:
        Message.objects.all().delete()
        out, errors, _ = ingest("chat.jsonl", lines(*rows), **options)
        assert out == f"7 accepted, 0 duplicates{labels}"
        assert errors == [f"line {line}: text: string should have at least 1 character" for line in (1, 5, 9)]


def test_other_sources_are_not_ruled_on(ingest):
    store(make_source("harbour"), [Row("1", "a")])
    ingest("labelled.jsonl", lines({"id": "1", "text": "a", "flag": 1}), label_field="flag")
    assert [label.source.slug for label in Label.objects.select_related("source")] == ["arcade"]


def test_an_offset_that_postgres_does_not_take_costs_no_other_row(ingest):
    content = lines({"id": "g", "text": "good"}, {"id": "b", "text": "x", "sent_at": "2026-01-31T18:30:00+16:00"})
    assert ingest("chat.jsonl", content) == ("2 accepted, 0 duplicates", [], "")
    assert Message.objects.get(external_id="b").sent_at.isoformat() == "2026-01-31T02:30:00+00:00"


def test_an_open_quote_ends_the_file_with_the_line_where_it_opens(ingest):
    content = 'id,text\nq0,fine\nq1,"she said hi\n' + "".join(f"q{number},more\n" for number in range(2, 11))
    out, errors, failure = ingest("chat.csv", content)
    assert (out, errors) == ("", [])
    assert "line 3: a quote opens here" in failure
    assert "chat.csv" in failure


def test_a_quote_that_closes_within_a_cell_costs_its_row_alone(ingest):
    out, errors, failure = ingest("chat.csv", 'id,text\n1,"a"b\n2,5" pipe\n3,fine\n')
    assert (out, failure) == ("2 accepted, 0 duplicates", "1 rows rejected")
    assert errors[0].startswith("line 2: not CSV")
    assert Message.objects.get(external_id="2").text == '5" pipe'


def test_a_row_with_more_cells_than_the_header_is_rejected(ingest):
    content = "id,text,author\nx1,hello, you worthless idiot, go away,bob\nx2,hi,wren\nx3,short\n"
    out, errors, failure = ingest("chat.csv", content)
    assert (out, failure) == ("2 accepted, 0 duplicates", "1 rows rejected")
    assert errors == ["line 2: 5 cells, but the header has 3: is a quote missing?"]


@pytest.mark.parametrize("delimiter", [";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_other_delimiters_and_encodings_are_read(ingest, delimiter, encoding, ending):
    rows = [["id", "text", "author"], ["1", '"one, two; ""three""\nf\xfcnf"', "w\u0142"], ["2", '"\U0001f438"', ""]]
    content = "".join(delimiter.join(row) + ending for row in rows).encode(encoding)
    assert ingest("chat.csv", content) == ("2 accepted, 0 duplicates", [], "")
    assert set(Message.objects.values_list("external_id", "text", "author")) == {
        ("1", 'one, two; "three"\nf\xfcnf', "w\u0142"),
        ("2", "\U0001f438", ""),
    }


def test_json_lines_in_utf_16_are_read(ingest):
    assert ingest("chat.jsonl", lines({"id": "1", "text": "f\xfcnf"}).encode("utf-16"))[0].startswith("1 accepted")


def test_another_encoding_is_named_by_line(ingest):
    out, errors, _ = ingest("chat.csv", "id,text\n1,fine\n2,caf\xe9\n".encode("latin-1"))
    assert out == "1 accepted, 0 duplicates"
    assert errors == ["line 3: not UTF-8, byte 0xe9 at place 6"]


def test_a_file_that_breaks_off_says_how_far_it_came(ingest, monkeypatch):
    monkeypatch.setattr(storing, "BATCH", 2)
    content = "id,text\n" + "".join(f"{number},x\n" for number in range(5)) + '5,"open\n'
    _, _, failure = ingest("chat.csv", content)
    assert failure.endswith("; 4 rows before that are dealt with")
    assert Message.objects.count() == 4


def test_labels_of_which_nobody_says_how_they_were_chosen_are_told_to_judge_nothing(source, tmp_path, capsys):
    (tmp_path / "labelled.jsonl").write_text(lines({"id": "1", "text": "a", "flag": 1}))
    call_command("ingest", tmp_path / "labelled.jsonl", source=source.slug, label_field="flag")
    assert "judge none" in capsys.readouterr().out
    (tmp_path / "drawn.jsonl").write_text(lines({"id": "2", "text": "b", "flag": 1}))
    call_command("ingest", tmp_path / "drawn.jsonl", source=source.slug, label_field="flag", drawn=0.5)
    assert "--drawn" not in capsys.readouterr().out
