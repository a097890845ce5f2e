"""Names and texts of others: what hides in a line, or turns it round, is shown."""

import pytest
from django.template import Context, Template
from hypothesis import given
from hypothesis import strategies as st

from review.foreign_text import isolated, marked


def seen(text):
    return marked(text, lambda character, times: f"[{ord(character):X}{f'x{times}' if times > 1 else ''}]")


def shown(template, **context):
    return Template("{% load moddog %}" + template).render(Context(context))


@pytest.mark.parametrize(
    "text, expected",
    [
        ("kes\u202ertel", "kes[202E]rtel"),
        ("a\u2066b\u2069c\u200f\u061c", "a[2066]b[2069]c[200F][61C]"),
        ("zero\u200bwidth\ufeff\u2060", "zero[200B]width[FEFF][2060]"),
        ("soft\xadhyphen\u3164\u2800", "soft[AD]hyphen[3164][2800]"),
        ("bell\x07 and nul\x00", "bell[7] and nul[0]"),
        ("many\u200b\u200b\u200b.", "many[200Bx3]."),
        ("tag\U000e0041", "tag[E0041]"),
        ("pri\ue000vate", "pri[E000]vate"),
    ],
)
def test_what_hides_is_shown_by_its_number(text, expected):
    assert seen(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "plain\n\ttext",
        "größe, naïve, 日本語, 한국어, עברית, العربية",
        "👨\u200d👩\u200d👧 and 🏳️\u200d🌈",
        "🏴\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f",
        "می\u200cخواهم",
        "क्\u200dष",
        "no\u00a0break",
    ],
)
def test_what_belongs_to_a_script_or_an_emoji_stays(text):
    assert seen(text) == text


def test_a_joiner_between_latin_letters_is_shown():
    assert seen("k\u200dill") == "k[200D]ill"


@given(st.text())
def test_nothing_is_lost(text):
    assert marked(text, lambda character, times: character * times) == text


def test_a_name_keeps_its_direction_and_its_markup_to_itself():
    html = shown("{{ who|name }}", who="kes\u202e<b>rtel")
    assert html == (
        '<bdi>kes<i class="mark" title="right-to-left override">U+202E</i>&lt;b&gt;rtel</bdi>'  # what a browser shows
    )


def test_what_is_not_there_is_shown_as_nothing():
    assert shown("{{ nobody.username|name }}") == "<bdi></bdi>"
    assert shown("{{ nothing|said }}", nothing=None) == ""


def test_a_name_in_a_sentence_without_markup_is_isolated():
    assert isolated("kestrel") == "kestrel"
    assert isolated("kes\u202ertel") == "\u2068kes[U+202E]rtel\u2069"
    assert isolated("דנה") == "\u2068דנה\u2069"
