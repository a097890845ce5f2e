"""The bar on the desk shows what is done at which probability, certified margins included."""

import pytest

from review.desk import claims
from review.desk.model_opinion import as_drawn, segments
from review.registry.ladder import SetupKey, parse
from tests.rows import make_calibrator, make_case, make_message, make_source, make_verdict

PAIR = SetupKey("f" * 64, 1)
ALLOW = {"at": 0.0, "action": "allow"}
REVIEW = {"at": 0.2, "action": "review"}


def certified(at, action, margin):
    found = {"margin": margin, "model": PAIR.model, "rubric": PAIR.rubric, "attempt": 1}
    return {"at": at, "action": action, "supervised": True, "certified": found}


def words(probability, rungs):
    found = segments(probability, parse({"default": rungs}).default, PAIR)
    return [segment.words for segment in found], next(segment.words for segment in found if segment.here)


def test_neighbours_that_do_the_same_are_one_stretch():
    stretches, here = words(0.95, [ALLOW, REVIEW, {"at": 0.9, "action": "hide", "supervised": True}])
    assert stretches == ["allow below .20", "ask people from .20"]
    assert here == "ask people from .20"


@pytest.mark.django_db
def test_whoever_does_not_see_it_hears_one_sentence(alice, sign_in):
    source = make_source()
    message = make_message(source)
    make_case(source, message, verdict=make_verdict(message, 0.58))
    claims.take_next(alice)
    page = sign_in(alice).get("/").content.decode()
    assert 'aria-label="58 % on a scale of allow below .' in page


def test_a_certified_margin_stands_where_the_calibrator_puts_it(db):
    calibrator = make_calibrator()
    ladder = parse({"default": [ALLOW, REVIEW, certified(0.9, "hide", 1.0)]}).default
    drawn = as_drawn(ladder, PAIR, calibrator.pk, 1, "toxicity")
    found = segments(0.8, drawn, PAIR)
    assert [segment.words for segment in found] == ["allow below .20", "ask people .20 to .731", "hide from .731"]
    assert found[-1].here


def test_it_stands_where_the_messages_category_and_source_put_it(db):
    offsets = {"categories": {"violence": 1.0}, "sources": {"7": -0.5}}
    calibrator = make_calibrator(
        {"kind": "platt", "slopes": [1.0], "intercept": 0.0, "n": 1_000_000, "offsets": offsets}
    )
    ladder = parse({"default": [ALLOW, REVIEW, certified(0.9, "hide", 1.0)]}).default
    ends = [
        segments(0.99, as_drawn(ladder, PAIR, calibrator.pk, source, category), PAIR)[-1].words
        for source, category in [(7, "violence"), (7, "toxicity"), (8, "violence")]
    ]
    assert ends == ["hide from .818", "hide from .622", "hide from .881"]


def test_under_another_model_it_is_not_there():
    ladder = parse({"default": [ALLOW, REVIEW, certified(0.9, "hide", 1.0)]}).default
    assert as_drawn(ladder, SetupKey("e" * 64, 1), None, 1, "toxicity") is ladder
    assert [segment.action for segment in segments(0.95, ladder, SetupKey("e" * 64, 1))] == ["allow", "review"]


@pytest.mark.parametrize("probability", [0.0, 0.2, 1.0])
def test_some_stretch_is_here(probability):
    assert words(probability, [ALLOW, REVIEW])[1]
