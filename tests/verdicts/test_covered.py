"""Languages that the model was not trained on are told apart; what has no letters is not held against a text."""

import pytest

from review.verdicts.language import legibility


@pytest.mark.parametrize("text", ["good game", "😀 12:30 !!!", "naïve café", "gg вп well played all"])
def test_latin_text_and_text_without_letters_is_covered(text):
    assert legibility(text).covered


@pytest.mark.parametrize(
    "text", ["хорошая игра", "よい試合", "لعبة جيدة", "ok хорошая игра", "vou te matar, seu lixo inútil"]
)
def test_other_languages_are_not(text):
    assert not legibility(text).covered


def test_a_disguise_is_undone_before_the_language_is_told():
    found = legibility("уоu аrе аn іdіоt")
    assert found.covered and found.plain
    assert not legibility("lbh ner n jbeguyrff vqvbg").plain


@pytest.mark.parametrize(
    ("languages", "covered"), [({"en", "pt"}, True), ({"*"}, True), ({"en", "de"}, False), ({"en"}, False)]
)
def test_a_model_of_several_languages_covers_its_own(languages, covered):
    found = legibility("vou te matar, seu lixo inútil", languages=languages)
    assert (found.covered, found.language) == (covered, "pt")


@pytest.mark.parametrize(("any_language", "read_in"), [(False, None), (True, "pt")])
def test_a_source_may_have_it_read_all_the_same(any_language, read_in):
    assert legibility("vou te matar, seu lixo inútil").read_in(any_language=any_language) == read_in
    assert legibility("lbh ner n jbeguyrff vqvbg").read_in(any_language=any_language) is None


def test_what_was_undone_already_is_not_undone_again():
    assert legibility("lbh ner n jbeguyrff vqvbg", "you are a worthless idiot").plain


def test_an_erased_text_is_not():
    assert not legibility("").covered
