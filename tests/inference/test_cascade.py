"""Cascades of real small models: who speaks, on which scale, in how much time, and what moves the fingerprint."""

from dataclasses import asdict, replace
from math import inf

import pytest

from inference.scoring.cascade import LATER, CascadeScorer, Deferral
from inference.scoring.identity import Identity, identity_of_cascade
from inference.scoring.text_score import Begun, InContext, TextScore
from tests.inference import guard_models

TEXTS = [f"message {number}: {word}" for number in range(5) for word in ("hello", "you idiot", "see you", "worthless")]
SCALE = (0.5, 3.0)


@pytest.fixture(scope="module")
def guard():
    return guard_models.scorer("qwen3guard")


@pytest.fixture
def cascade(nano, guard):
    """The half of TEXTS in the middle of nano's margins is left to the guard."""
    margins = sorted(score.margin for score in nano.score(TEXTS))
    low, high = (margins[4] + margins[5]) / 2, (margins[14] + margins[15]) / 2
    return CascadeScorer(nano, guard, Deferral(low, high, *SCALE))


def test_the_second_speaks_within_the_band_and_on_the_scale_of_the_first(cascade, nano, guard):
    found, firsts, seconds = cascade.score(TEXTS), nano.score(TEXTS), guard.score(TEXTS)
    assert [score.deferred for score in found].count(True) == 10
    for score, first, second in zip(found, firsts, seconds, strict=True):
        inside = cascade.deferral.low <= first.margin <= cascade.deferral.high
        assert score.deferred == inside
        if not inside:
            assert score == first
        else:
            assert score.margin == pytest.approx(SCALE[0] * second.margin + SCALE[1], abs=1e-4)
            assert score.category_log_probs == pytest.approx(second.category_log_probs, abs=1e-3)
            assert score.tokens == second.tokens


def test_a_message_in_context_is_read_in_it_by_both(nano, guard):
    asked, other = InContext("indeed", ("you are all idiots",)), InContext("indeed", ("what a nice day",))
    everything = CascadeScorer(nano, guard, Deferral(-1e9, 1e9))
    one, two = everything.score([asked, other])
    assert one.deferred
    assert two.deferred
    assert one.margin != two.margin


def test_what_the_second_does_not_come_to_is_left_for_later_and_asking_again_ends(cascade):
    texts, rounds = list(TEXTS), 0
    whole = dict(zip(TEXTS, cascade.score(TEXTS), strict=True))
    while texts:
        scores = cascade.score_within(texts, 0.0)
        assert any(score is not LATER for score in scores)
        for text, score in zip(texts, scores, strict=True):
            if score is not LATER:
                assert score.margin == pytest.approx(whole[text].margin, abs=1e-4)
                assert score.deferred == whole[text].deferred
        texts = [text for text, score in zip(texts, scores, strict=True) if score is LATER]
        rounds += 1
    assert rounds == 10, "one of the ten in the band each time"


def test_a_long_text_is_read_on_by_the_second_where_the_first_leaves_it(nano, guard, monkeypatch):
    text = "you worthless idiot, go away. " * 100
    for scorer in (nano, guard):
        monkeypatch.setattr(scorer, "budget", 1)  # a window at a time
    for deferral in (Deferral(-1e9, 1e9, *SCALE), Deferral(1e8, 1e9)):
        cascade = CascadeScorer(nano, guard, deferral)
        begun, slices = None, 0
        while begun is None or not begun.is_done:
            stored = begun and asdict(begun)  # between two slices it lies in the queue as JSON
            given = stored and Begun(TextScore(**stored["score"]), stored["read"])
            begun, slices = cascade.read_on(text, given), slices + 1
        whole = cascade.score([text])[0]
        assert whole.windows > 1
        assert slices > 1
        assert begun.score.margin == pytest.approx(whole.margin, abs=1e-3)
        assert replace(begun.score, margin=0, category_log_probs=()) == replace(whole, margin=0, category_log_probs=())


def test_reasons_are_written_by_whichever_spoke(cascade, nano):
    scores = cascade.score(TEXTS)
    written = cascade.explain(TEXTS, scores)
    first = [number for number, score in enumerate(scores) if not score.deferred]
    assert [written[number] for number in first] == nano.explain(
        [TEXTS[number] for number in first], [scores[number] for number in first]
    )
    assert {written[number].raw for number, score in enumerate(scores) if score.deferred} == {""}, "a guard writes none"


@pytest.mark.parametrize("line", [(1, 1), (2, 1), (0, 1, 0, 0), (0, 1, -1, 0), (0, 1, inf, 0), (0, 1, 1, inf)])
def test_a_band_has_a_width_and_a_scale_keeps_the_order(line):
    with pytest.raises(ValueError, match=r"band|scale"):
        Deferral(*line)


def test_every_part_moves_the_fingerprint():
    first, second = Identity("a" * 64, "float32", "form", "1"), Identity("b" * 64, "float32", "guard", "1")
    deferral = Deferral(-1.0, 2.0, 0.5, 0.1)
    others = [
        identity_of_cascade(second, first, deferral),
        identity_of_cascade(replace(first, precision="bfloat16"), second, deferral),
        identity_of_cascade(first, replace(second, precision="bfloat16"), deferral),
        identity_of_cascade(replace(first, prompt_form="x"), second, deferral),
        identity_of_cascade(first, replace(second, prompt_form="x"), deferral),
        identity_of_cascade(replace(first, normaliser="2"), second, deferral),
        *(
            identity_of_cascade(first, second, replace(deferral, **{name: 1.5}))
            for name in ("low", "high", "slope", "offset")
        ),
    ]
    whole = identity_of_cascade(first, second, deferral)
    assert len({each.fingerprint for each in (whole, *others)}) == 1 + len(others)
    assert whole == identity_of_cascade(first, second, deferral)
