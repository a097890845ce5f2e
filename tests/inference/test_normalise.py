"""Disguises are undone for scoring, and a text without any is left as it is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference.scoring.normalise import normalised


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("you i\u200bd\u200ciot", "you idiot"),
        ("\u202eyou idiot\u202c", "you idiot"),
        ("ѕtuріd", "stupid"),
        ("𝓲𝓭𝓲𝓸𝓽", "idiot"),
        ("ｉｄｉｏｔ", "idiot"),
        ("you i.d.i.o.t", "you idiot"),
        ("what an i d i o t", "what an idiot"),
        ("i-d-i-o-t!", "idiot!"),
        ("y0u 1d10t, st0p", "you idiot, stop"),
        ("yOu aRe An iDiOt", "you are an idiot"),
    ],
)
def test_a_disguise_is_undone(text: str, plain: str) -> None:
    assert normalised(text) == plain


@pytest.mark.parametrize(
    "text",
    [
        "good game everyone",
        "a b",
        "STOP SHOUTING",
        "the iPhone or that MacBook, says McDonald to his friend from GitHub who has none",
        "it is a 5-0 win, e.g. yesterday",
        "U.S. troops",
        "хорошая игра",
        "καλημέρα",
        "naïve café",
        "👩\u200d💻 at work",
        "1 2 3 4",
        "the 5th of 10k in 20kg at 12:30",
        "Straße, ½, №5, ①",
        "日本語 テスト",
    ],
)
def test_plain_texts_stay_as_they_are(text: str) -> None:
    assert normalised(text) == text


@given(st.text(alphabet=st.characters(exclude_categories=("Cs",)), max_size=200))
def test_it_never_fails_and_never_lengthens_a_text_by_much(text: str) -> None:
    assert len(normalised(text)) <= 4 * len(text)


@pytest.mark.parametrize("text", ["a b " * 25_000, "i.d.i" * 20_000, "а\u200b" * 50_000])
def test_a_giant_text_of_disguises_is_read_to_its_end(text: str) -> None:
    """A pattern that backtracks would never get there."""
    found = normalised(text)
    assert 0 < len(found) <= len(text)
    assert normalised(text + " end").endswith("end")
