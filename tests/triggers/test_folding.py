"""Folding undoes disguises, and knows where each character stood."""

import random
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.disguises import WAYS
from inference.scoring.normalise import normalised
from review.triggers.folding import fold, key_of, spellings

PIECES = [
    "free",
    "nitro",
    " ",
    "  ",
    "\n",
    "\u200b",
    "\u00ad",
    "ﬁ",
    "ß",
    "İ",
    "е\u0301",
    "é",
    "Ｆ",
    "𝐟",
    "0",
    "1",
    "3",
    "k y s",
    "f.r.e.e",
    "сор",
    "cоp",
    "色",
    "あ",
    "!",
    "_",
    "-",
    "ab",
]
TEXTS = st.one_of(st.text(max_size=60), st.lists(st.sampled_from(PIECES), max_size=14).map("".join))


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("FREE Nitro", "free nitro"),
        ("fr\u200bee ni\u00adtro", "free nitro"),
        ("frее nitrо", "free nitro"),
        ("ｆｒｅｅ 𝐧𝐢𝐭𝐫𝐨", "free nitro"),
        ("fr33 n1tr0", "free nitro"),
        ("f r e e nitro", "free nitro"),
        ("f.r.e.e  \t nitro", "free nitro"),
        ("ﬁne", "fine"),
        ("STRASSE", "strasse"),
        ("Straße", "strasse"),
        ("cafe\u0301", "café"),
        ("сор", "сор"),
        ("5th", "5th"),
    ],
)
def test_spellings_of_one_phrase_share_a_key(written, read):
    assert key_of(written) == unicodedata.normalize("NFC", read)


def test_a_single_letter_beside_a_word_that_is_spelt_out_is_tried_both_ways():
    assert [each.text for each in spellings(fold("i k y s"))] == ["i k y s", "ikys"]


@given(TEXTS)
def test_every_folded_character_stood_somewhere_and_in_order(text):
    for folded in (fold(text), *spellings(fold(text))):
        spans = [folded.original(place, place + 1) for place in range(len(folded.text))]
        assert all(0 <= start < end <= len(text) for start, end in spans)
        assert spans == sorted(spans)


@given(st.sampled_from(["leetspeak", "spacing", "homoglyphs", "zero-width", "casing"]), st.integers(0, 10_000))
def test_what_scoring_undoes_is_undone(way, seed):
    disguised = WAYS[way]("Some people should uninstall", random.Random(seed))
    folded = [each.text.replace(" ", "") for each in spellings(fold(disguised))]  # scoring also finds words apart
    assert normalised(disguised).casefold().replace(" ", "") in folded
