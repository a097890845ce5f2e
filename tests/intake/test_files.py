"""Bytes into rows: lines, gzip, CSV and encodings, however the bytes are cut."""

import csv
import gzip
import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from review.intake.encodings import Unreadable, inflated, utf8
from review.intake.files import CSV, JSON_LINES, Kind, read_items
from review.intake.line_splitting import TOO_LONG, lines_of

CELL = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\r"), max_size=12)
ROWS = st.lists(st.tuples(CELL.filter(bool), CELL.filter(bool), CELL), min_size=1, max_size=6)


SIZE = st.integers(1, 40)


def cut(sent, size):
    """The bytes in pieces of so many."""
    return (sent[start : start + size] for start in range(0, len(sent), size))


@given(SIZE, st.binary(max_size=60).map(lambda data: data.replace(b"\x00", b"\n").replace(b"\x01", b"\n")))
def test_lines_are_those_of_splitlines(size, sent):
    lines = list(lines_of(cut(sent, size), longest=100))
    assert b"".join(lines) == sent
    assert all(line.count(b"\n") == 1 and line.endswith(b"\n") for line in lines[:-1])


@given(SIZE, st.lists(st.integers(0, 12), max_size=8))
def test_a_line_that_is_too_long_stands_for_itself(size, lengths):
    sent = b"".join(b"x" * length + b"\n" for length in lengths)
    lines = list(lines_of(cut(sent, size), longest=6))
    assert [line is TOO_LONG for line in lines] == [length + 1 > 6 for length in lengths]


@given(SIZE, st.lists(st.binary(max_size=300), min_size=1, max_size=3))
def test_archives_one_after_the_other_are_one(size, parts):
    packed = b"".join(gzip.compress(part, mtime=0) for part in parts)
    assert b"".join(inflated(cut(packed, size), free=10_000)) == b"".join(parts)


@given(SIZE, st.binary(min_size=1, max_size=300))
def test_an_archive_that_ends_early_is_told(size, part):
    packed = gzip.compress(part, mtime=0)
    shorter = packed[: size % len(packed)]
    with pytest.raises(Unreadable):
        list(inflated([shorter], free=10_000))


@given(SIZE, CELL, st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"]))
def test_an_encoding_is_told_by_its_mark(size, text, encoding):
    text = f"[{text}]"
    mark = {"utf-16-le": b"\xff\xfe", "utf-16-be": b"\xfe\xff"}.get(encoding, b"")
    assert b"".join(utf8(cut(mark + text.encode(encoding), size))).decode() == text


def test_half_a_character_at_the_end_is_told():
    with pytest.raises(Unreadable, match="line 2 or after: not UTF-16"):
        list(utf8(["a\nb".encode("utf-16") + b"\x00"]))


@given(SIZE, ROWS, st.sampled_from(",;\t|"), st.sampled_from(["\n", "\r\n"]), st.booleans())
def test_what_csv_writes_is_read(size, rows, delimiter, ending, quotes_all):
    sheet = io.StringIO()
    quoting = csv.QUOTE_ALL if quotes_all else csv.QUOTE_MINIMAL
    writer = csv.writer(sheet, delimiter=delimiter, lineterminator=ending, quoting=quoting)
    writer.writerows([("id", "text", "author"), *rows])
    items = list(read_items(cut(sheet.getvalue().encode(), size), Kind(CSV)))
    assert [item.problem for item in items] == [""] * len(rows)
    read = [(item.value["id"], item.value["text"], item.value.get("author", "")) for item in items]
    assert read == rows


@given(SIZE, st.lists(st.dictionaries(CELL, CELL, max_size=3), max_size=5))
def test_json_lines_are_passed_on_as_they_are(size, rows):
    sent = "\r\n\n".join(json.dumps(row) for row in rows).encode()
    items = list(read_items(cut(sent, size), Kind(JSON_LINES)))
    assert [json.loads(item.value) for item in items] == rows
    assert [item.line for item in items] == [2 * number + 1 for number in range(len(rows))]


@pytest.mark.parametrize(
    ("content", "line"),
    [
        ('id,text\n1,"open\nmore\n', 2),
        ('id,text\n1,"two\nlines"\n2,x\n3,"open', 5),
        ('id,text\n1,"two\nlines","and ""\n', 3),
        ('id,text\n1,"doubled "" quote\n2,"x"\n', 2),
        ('id,text\n1,"closed" and more\n"open\n', 3),
        ('id,text\n"open\n1,x"y\n', 2),
        ('"id","text"\n"q1","she said hi\n"q2","b"', 2),
        ('"id","text"\r\n"q1","a"\r\n"q2","she said hi\r\n"q3","b"\r\n"q4","c"\r\n', 3),
        ('"id","text"\n"q1","two\nlines"\n"q2","a ""word"" and\n"q3","b"\n', 4),
        ('"id","text"\n"q""1","open\n', 2),
    ],
)
def test_the_line_where_a_quote_opens_is_named(content, line):
    with pytest.raises(Unreadable, match=f"^line {line}: a quote opens here"):
        list(read_items([content.encode()], Kind(CSV)))
