"""Phrases as whole words in any spelling, patterns in linear time, links by domain: each where it stands."""

from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from review.models import Trigger
from review.triggers.folding import fold, key_of, spellings
from review.triggers.matcher import Matcher, problem_with
from tests.triggers.test_folding import TEXTS


def found(text, *written, kind="phrase"):
    """What the triggers match, as it stands in the text."""
    matches = Matcher([Trigger(kind=kind, text=each) for each in written]).find(text)
    return sorted({text[match.start : match.end] for match in matches})


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("get FREE Nitro now", "FREE Nitro"),
        ("fr\u200bee nitro!", "fr\u200bee nitro"),
        ("(frее nitrо)", "frее nitrо"),
        ("fr33 n1tr0", "fr33 n1tr0"),
        ("free \n\n nitro", "free \n\n nitro"),
        ("ｆｒｅｅ nitro", "ｆｒｅｅ nitro"),
        ("so f r e e nitro", "f r e e nitro"),
        ("a f r e e nitro", "f r e e nitro"),
        ("f-r-e-e nitro", "f-r-e-e nitro"),
    ],
)
def test_a_phrase_is_found_in_any_spelling_and_shown_as_it_stands(text, shown):
    assert found(text, "free nitro") == [shown]


@pytest.mark.parametrize("text", ["carefree nitro", "free nitrogen", "free, nitro", "freenitro", "free_nitro", ""])
def test_a_phrase_is_whole_words(text):
    assert found(text, "free nitro") == []


def test_what_cannot_be_seen_makes_no_edge_of_a_word():
    assert found("b\u200bad", "ad") == []


def test_scripts_without_blanks_have_words_all_the_same():
    assert found("我想自殺了", "自殺") == ["自殺"]
    assert found("자살을", "자살") == ["자살"]


def test_phrases_that_fold_to_the_same_are_both_found():
    one, other = Trigger(kind="phrase", text="kys"), Trigger(kind="phrase", text="K Y S")
    assert {id(match.trigger) for match in Matcher([one, other]).find("just kys")} == {id(one), id(other)}


PHRASES = st.sampled_from(
    ["free", "nitro", "free nitro", "cop", "сор", "kys", "k y s", "fine", "strasse", "色", "ab", "!", "a"]
)


@given(TEXTS, PHRASES)
def test_every_match_folds_to_the_phrase(text, phrase):
    for match in Matcher([Trigger(kind="phrase", text=phrase)]).find(text):
        shown = text[match.start : match.end]
        assert key_of(phrase) in [each.text for each in spellings(fold(shown))]


@given(TEXTS, PHRASES)
def test_a_phrase_between_blanks_is_always_found(text, phrase):
    matches = Matcher([Trigger(kind="phrase", text=phrase)]).find(f"{text}; {phrase} ;{text}")
    assert (len(text) + 2, len(text) + 2 + len(phrase)) in [(match.start, match.end) for match in matches]


def test_a_pattern_matches_the_text_as_it_was_sent():
    assert found("call +49 151 2345 or +1 2345", r"\+\d{1,2} \d{3,4}", kind="pattern") == ["+1 2345", "+49 151"]
    assert found("über ÜBER", "(?i)über", kind="pattern") == ["ÜBER", "über"]
    assert found("one two", "one", "two", "three", kind="pattern") == ["one", "two"]
    assert found("one two", r"\b", kind="pattern") == []


def test_a_pattern_that_would_take_for_ever_elsewhere_takes_no_time():
    started = process_time()
    assert found("a" * 50_000, "(a+)+b", "(a|aa)+$c", kind="pattern") == []
    assert process_time() - started < 2


@pytest.mark.parametrize(
    ("pattern", "reason"),
    [
        ("(a", "missing )"),
        ("(?=a)b", "invalid perl operator: (?="),
        (r"(a)\1", r"invalid escape sequence: \1"),
        (r"\pL{100,900}", "pattern too large"),
        ("a*", "empty text"),
        (r"\Qa", "missing )"),
        (r".{0,900}x", "instructions"),
    ],
)
def test_a_pattern_is_refused_with_its_reason(pattern, reason, capfd):
    assert reason in problem_with("pattern", pattern)
    assert pattern not in capfd.readouterr().err


def test_a_link_is_found_by_its_domain_and_what_lies_below():
    text = "see https://www.Bit.ly/x, a.bit.ly or bit.ly."
    assert found(text, "bit.ly", kind="link") == ["a.bit.ly", "bit.ly", "www.Bit.ly"]
    assert found("rabbit.ly notbit.ly bit.ly.example.org b1t.ly", "bit.ly", kind="link") == []
    assert found("http://bücher.example/", "xn--bcher-kva.example", kind="link") == ["bücher.example"]
    assert found("xn--bcher-kva.example", "bücher.example", kind="link") == ["xn--bcher-kva.example"]
    assert found("b\u200bit.ly", "https://user@bit.ly:443/a?b#c", kind="link") == ["b\u200bit.ly"]
    assert found("bit。ly", "bit.ly", kind="link") == ["bit。ly"]


def test_a_long_text_without_a_link_takes_no_time():
    started = process_time()
    assert found("a" * 100_000 + " . " + "a-" * 50_000, "bit.ly", kind="link") == []
    assert process_time() - started < 2


@pytest.mark.parametrize(
    ("kind", "text"), [("phrase", "!!!"), ("phrase", "\u200b"), ("link", "no domain"), ("link", "com")]
)
def test_what_could_match_nothing_is_refused(kind, text):
    assert problem_with(kind, text)
