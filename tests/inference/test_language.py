"""Other languages are told, and what is short, slang, a name or emoji is English until shown otherwise."""

from pathlib import Path

import pytest

from inference.scoring.language import ENGLISH, UNKNOWN, language_of, needed

FOREIGN = [line.split("\t") for line in (Path(__file__).parent / "foreign_lines.tsv").read_text("utf-8").splitlines()]
LEAST_TOLD = 0.85


def test_most_lines_of_fourteen_languages_are_told() -> None:
    told = [language_of(text) != ENGLISH for _, text in FOREIGN]
    assert len({code for code, _ in FOREIGN}) == 14
    assert sum(told) >= LEAST_TOLD * len(told)


@pytest.mark.parametrize("code", sorted({code for code, _ in FOREIGN}))
def test_each_language_is_told_more_often_than_not(code: str) -> None:
    told = [language_of(text) != ENGLISH for each, text in FOREIGN if each == code]
    assert sum(told) >= 0.6 * len(told)


@pytest.mark.parametrize(
    "text",
    [
        *("", "gg", "ez", "lol", "kek", "brb", "so no pb", "24:10 though", "🐸🐸", "😂", "gg wp all", "Uno", "hola"),
        *("nice one Müller", "@juan ping", "haha xD", "omg noob team", "ty vm", "https://example.com/una/pagina/larga"),
    ],
)
def test_fragments_slang_names_and_emoji_are_english(text: str) -> None:
    assert language_of(text) == ENGLISH


@pytest.mark.parametrize(("text", "code"), [("хорошая игра", "ru"), ("لعبة جيدة", "ar"), ("よい試合", "ja")])
def test_other_scripts_are_told_however_short(text: str, code: str) -> None:
    assert language_of(text) == code


def test_a_script_is_told_where_the_language_is_not() -> None:
    assert language_of("ꭰꭱ") != ENGLISH
    assert UNKNOWN != ENGLISH


def test_the_fewer_letters_the_surer_it_must_be() -> None:
    assert [round(needed(letters), 3) for letters in (0, 10, 18, 26, 400)] == [0.95, 0.95, 0.725, 0.5, 0.5]
