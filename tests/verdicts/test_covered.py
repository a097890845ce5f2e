"""Scripts that the model was not trained on are told apart; what has no letters is not held against a text."""

import pytest

from review.verdicts.language import covered


@pytest.mark.parametrize("text", ["good game", "😀 12:30 !!!", "naïve café", "gg вп well played all"])
def test_latin_text_and_text_without_letters_is_covered(text):
    assert covered(text)


@pytest.mark.parametrize("text", ["хорошая игра", "よい試合", "لعبة جيدة", "ok хорошая игра"])
def test_other_scripts_are_not(text):
    assert not covered(text)


def test_an_erased_text_is_not():
    assert not covered("")
