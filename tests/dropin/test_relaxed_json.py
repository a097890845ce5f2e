"""Bodies as programs send them, and as those who mean harm do."""

import json
from time import thread_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from review.intake.dropin.relaxed_json import DEEPEST, UnreadableBody, depth, read_object

QUICK_START = b"""{comment: {text: "what kind of idiot name is foo?"},
       languages: ["en"],
       requestedAttributes: {TOXICITY:{}} }"""
LEAVES = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
OBJECTS = st.dictionaries(
    st.text(), st.recursive(LEAVES, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=20)
)


def read(body, *, relaxed=True):
    return read_object(body, relaxed=relaxed)


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (QUICK_START, "what kind of idiot name is foo?"),
        (b"{'comment': {'text': 'it\\'s'}}", "it's"),
        (b'{comment: {text: "a"},}', "a"),
        (b'/* mine */ {"comment": {"text": "b"}} // yours', "b"),
        (b'\xef\xbb\xbf{"comment": {"text": "c"}}', "c"),
    ],
)
def test_relaxed_forms_are_read(body, text):
    assert read(body)["comment"]["text"] == text


def test_only_where_they_are_asked_for():
    with pytest.raises(UnreadableBody):
        read(QUICK_START, relaxed=False)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b"3",
        b'"text"',
        b"{",
        b"{a: 1} {b: 2}",
        b"{a: \xff}",
        b"[" * 100_000,
        b"{a:" * 80_000,
        b"{" + b'"a":{' * 40 + b"}" * 41,
        b"{a: " + b"9" * 200_000 + b"}",
        b"{a: '" + b"\\" * 200_000,
        b"/*" * 100_000,
    ],
)
def test_what_is_no_object_or_hostile_is_refused_at_once_and_not_quoted(body):
    started = thread_time()
    with pytest.raises(UnreadableBody) as refused:
        read(body)
    assert thread_time() - started < 1
    assert len(str(refused.value)) < 80


def test_relaxed_bodies_are_smaller():
    padding = "x" * 300_000
    assert read(f'{{"a": "{padding}"}}'.encode())["a"] == padding
    with pytest.raises(UnreadableBody):
        read(f"{{a: '{padding}'}}".encode())


@given(OBJECTS)
def test_strict_json_means_what_it_means_everywhere(value):
    assert read(json.dumps(value).encode()) == json.loads(json.dumps(value))


@given(st.binary(max_size=300) | st.text(alphabet="{}[]:,'\"\\/*a1 \n", max_size=300).map(str.encode))
def test_anything_is_an_object_or_refused(body):
    try:
        found = read(body)
    except UnreadableBody:
        return
    assert isinstance(found, dict)
    assert depth(found) <= DEEPEST
