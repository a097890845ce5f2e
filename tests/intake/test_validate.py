"""What a message must look like: limits, and nothing that the database could choke on."""

import json
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from review.intake import storing
from review.intake.json_rows import row_of_json
from review.intake.schemas import METADATA_BYTES, METADATA_DEPTH, InvalidMessage, row_of
from review.intake.storing import store
from review.models import Message, Source
from tests.rows import make_source

OFFSETS = st.timedeltas(timedelta(hours=-23, minutes=-59), timedelta(hours=23, minutes=59)).map(timezone)
TEXT = st.text(st.characters(), max_size=40)  # surrogates and NUL among them
VALUE = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
)
ITEM = st.fixed_dictionaries(
    {"id": TEXT, "text": TEXT},
    optional={
        "author": TEXT | VALUE,
        "channel": TEXT,
        "thread": TEXT,
        "sent_at": st.datetimes(timezones=st.timezones() | st.none() | OFFSETS).map(datetime.isoformat) | VALUE,
        "context": st.lists(st.fixed_dictionaries({"text": TEXT}, optional={"author": TEXT}), max_size=3) | VALUE,
        "metadata": st.dictionaries(TEXT, VALUE, max_size=3) | VALUE,
    },
)


def problems(**fields):
    with pytest.raises(InvalidMessage) as caught:
        row_of({"id": "1", "text": "x", **fields})
    return [(each["field"], each["message"]) for each in caught.value.problems]


def as_numbers(value):
    """Postgres keeps the decimal digits of a number, and gives 1e16 back as a whole number."""
    return json.loads(json.dumps(value), parse_int=float)


@pytest.fixture(params=[0, 50], ids=["staging", "unnest"])
def small(request, monkeypatch):
    """Few rows go in by one statement, or as thousands would."""
    monkeypatch.setattr(storing, "SMALL", request.param)


@pytest.mark.django_db
@settings(max_examples=100)
@given(items=st.lists(ITEM, min_size=1, max_size=4, unique_by=lambda item: item["id"]))
def test_a_row_is_either_refused_or_stored_as_it_is(small, items):
    source = make_source()
    Message.objects.all().delete()
    rows = []
    for item in items:
        try:
            rows.append((item, row_of(item)))
        except InvalidMessage as error:
            assert error.problems
    assert store(source, [row for _, row in rows]).accepted == len(rows)
    for item, _ in rows:
        stored = Message.objects.get(external_id=item["id"])
        assert stored.text == item["text"]
        assert stored.author == (item.get("author") or "")
        assert as_numbers(stored.metadata) == as_numbers(item.get("metadata") or {})


@pytest.mark.parametrize(
    ("field", "longest"), [("id", 200), ("text", 100_000), ("author", 200), ("channel", 200), ("thread", 200)]
)
def test_a_field_has_a_longest_form(field, longest):
    row_of({"id": "1", "text": "x", field: "ü" * longest})
    assert [name for name, _ in problems(**{field: "ü" * (longest + 1)})] == [field]


@pytest.mark.parametrize("field", ["id", "text"])
@pytest.mark.parametrize("value", ["", None, 7, ["x"], {}])
def test_id_and_text_are_needed(field, value):
    assert [name for name, _ in problems(**{field: value})] == [field]


@pytest.mark.parametrize("item", [None, 3, "text", [], [{"id": "1", "text": "x"}]])
def test_a_row_is_an_object(item):
    with pytest.raises(InvalidMessage, match="must be an object"):
        row_of(item)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("2026-01-31T18:30:00Z", datetime(2026, 1, 31, 18, 30, tzinfo=UTC)),
        ("2026-01-31 18:30:00.25+02:00", datetime(2026, 1, 31, 16, 30, 0, 250_000, tzinfo=UTC)),
        ("20260131T183000Z", datetime(2026, 1, 31, 18, 30, tzinfo=UTC)),
        ("2026-01-31T18:30:00+16:00", datetime(2026, 1, 31, 2, 30, tzinfo=UTC)),
        ("2026-01-31T18:30:00-23:59", datetime(2026, 2, 1, 18, 29, tzinfo=UTC)),
    ],
)
def test_sent_at_is_a_moment(written, meant):
    moment = row_of({"id": "1", "text": "x", "sent_at": written}).sent_at
    assert (moment, moment.utcoffset()) == (meant, timedelta(0))


@pytest.mark.parametrize("written", ["2026-01-31T18:30:00", "2026-01-31"])
def test_a_naive_time_is_refused_and_says_so(written):
    assert problems(sent_at=written) == [("sent_at", "must have a time zone, such as Z or +02:00")]


@pytest.mark.parametrize(
    "written", ["yesterday", "", 1_700_000_000, True, "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00"]
)
def test_what_is_no_moment_is_refused(written):
    assert [name for name, _ in problems(sent_at=written)] == ["sent_at"]


def test_context_has_up_to_twenty_messages():
    earlier = [{"author": "wren", "text": "x"}] * 20
    assert json.loads(row_of({"id": "1", "text": "x", "context": earlier}).context) == earlier
    assert [name for name, _ in problems(context=[*earlier, *earlier])] == ["context"]
    assert [name for name, _ in problems(context=[{"author": "wren"}])] == ["context.0.text"]


def test_metadata_has_up_to_eight_kibibytes_of_json():
    room = METADATA_BYTES - len('{"k":""}')
    assert row_of({"id": "1", "text": "x", "metadata": {"k": "ü" * (room // 2)}}).metadata
    assert "8192 bytes" in problems(metadata={"k": "ü" * (room // 2 + 1)})[0][1]


def test_metadata_is_not_nested_without_end():
    nested = {}
    for _ in range(METADATA_DEPTH):
        nested = {"k": nested}
    assert "nested" in problems(metadata=nested)[0][1]
    assert row_of({"id": "1", "text": "x", "metadata": nested["k"]})


@pytest.mark.parametrize("number", [float("inf"), float("-inf"), float("nan")])
def test_metadata_holds_only_numbers_that_json_has(number):
    assert [name for name, _ in problems(metadata={"a": [number]})] == ["metadata"]


@pytest.mark.django_db
def test_an_escaped_backslash_before_u0000_is_no_nul():
    store(make_source(), [row_of({"id": "1", "text": "x", "metadata": {"\\u0000": "\\\\u0000"}})])
    assert Message.objects.get(source=Source.objects.get()).metadata == {"\\u0000": "\\\\u0000"}


@pytest.mark.parametrize("external_id", [".", ".."])
def test_an_id_that_no_address_can_hold_is_refused(external_id):
    assert "could not be read back" in problems(id=external_id)[0][1]
    assert row_of({"id": f"{external_id}/x", "text": "x"})


def refuse(name):
    raise ValueError(name)


def outcome(read, value):
    try:
        return read(value)
    except InvalidMessage as error:
        return str(error)


@settings(max_examples=1_000)
@given(ITEM | VALUE, st.booleans())
def test_the_quick_reader_takes_what_the_rules_take(item, escaped):
    written = json.dumps(item, ensure_ascii=escaped).encode("utf-8", "surrogatepass")
    try:
        meant = json.loads(written.decode(), parse_constant=refuse)
    except ValueError:
        assert outcome(row_of_json, written).startswith("not JSON")
    else:
        assert outcome(row_of_json, written) == outcome(row_of, meant)


@pytest.mark.parametrize(
    ("written", "problem"),
    [
        (b'{"id": "1"', "not JSON"),
        (b"\xff\xfe", "not JSON: not UTF-8, byte 0xff at place 1"),
        (b'{"id": "caf\xe9", "text": "x"}', "not JSON: not UTF-8, byte 0xe9 at place 12"),
        (b'{"id": "1", "text": "x", "metadata": {"k": NaN}}', "not JSON"),
        (b'{"id": "1", "text": "x", "metadata": {"k": 1e999}}', "metadata: must not hold numbers beyond"),
        (b'{"id": "1", "text": "x", "metadata": {"k": -' + b"9" * 5_000 + b"}}", "metadata: must not hold numbers"),
        (b'{"id": "1", "text": "x", "metadata": ' + b"[" * 9_000 + b"]" * 9_000 + b"}", "not JSON: nested too deeply"),
        (b'{"id": ' + b"9" * 5_000 + b', "text": "x"}', "id: input should be a valid string"),
        (b'{"id": "' + b"x" * 2_000_000 + b'", "text": "x"}', "not JSON: Expected `str` of length <= 200"),
    ],
)
def test_text_that_is_no_row_says_why(written, problem):
    with pytest.raises(InvalidMessage) as caught:
        row_of_json(written)
    assert str(caught.value).startswith(problem)
    assert caught.value.problems
