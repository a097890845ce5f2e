"""The parts of a comment, at places counted as JavaScript counts them."""

import itertools
from time import thread_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from review.intake.dropin.spans import MOST, sentences, units, whole


def cut(text, span):
    """What a program in JavaScript cuts out: `text.slice(begin, end)`."""
    return text.encode("utf-16-le")[2 * span.begin : 2 * span.end].decode("utf-16-le")


def texts(text):
    return [span.text for span in sentences(text)]


def test_the_example_of_the_documentation():
    text = "What kind of idiot name is foo? Sorry, I like your name."
    assert [(span.begin, span.end) for span in sentences(text)] == [(0, 31), (32, 56)]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("one", ["one"]),
        ("  one.  ", ["one."]),
        ("One! Two?\nthree", ["One!", "Two?", "three"]),
        ('He said "no." Then left.', ['He said "no."', "Then left."]),
        ("3.5 is a number", ["3.5 is a number"]),
        ("well... yes", ["well...", "yes"]),
        ("   ", []),
    ],
)
def test_sentences_and_lines(text, parts):
    assert texts(text) == parts


def test_beyond_the_basic_plane_a_character_counts_twice():
    text = "😀😀 hi. 👩‍👩‍👧 bye"
    first, second = sentences(text)
    assert (first.begin, first.end) == (0, 8)
    assert (second.begin, second.end) == (9, 21)
    assert [cut(text, span) for span in (first, second)] == [first.text, second.text]
    assert whole(text).end == 21 == units(text)


def test_of_many_the_last_is_all_that_is_left():
    spans = sentences("No. " * 100)
    assert len(spans) == MOST
    assert spans[-1].end == len("No. " * 100) - 1


@pytest.mark.parametrize("text", ["!" * 20_000 + "a", "!\n" * 10_000, "a " * 10_000, '."' * 10_000, " " * 20_000])
def test_hostile_texts_take_no_longer(text):
    started = thread_time()
    sentences(text)
    assert thread_time() - started < 0.5


@given(st.text(alphabet="ab .!?\n😀é\"'", max_size=200))
def test_each_place_cuts_out_its_part_in_order_and_nothing_but_blanks_is_left_out(text):
    spans = sentences(text)
    assert all(cut(text, span) == span.text and span.text for span in spans)
    assert all(one.end <= other.begin for one, other in itertools.pairwise(spans))
    assert "".join("".join(span.text.split()) for span in spans) == "".join(text.split())
