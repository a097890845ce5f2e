"""A map that reads each category and source by an offset of its own is previewed, planned and drawn as it routes."""

from collections import Counter

import numpy as np
import pytest
from scipy.special import expit

from review.models import Score
from review.policy.page import _states
from review.policy.preview import Proposal, preview, scale_of
from review.registry.ladder import parse
from review.verdicts.context import load_context
from review.verdicts.margin_counts import CENTRES
from review.verdicts.probabilities import likeliest, probabilities_of
from review.verdicts.routing import Judgement, route
from tests.policy.cohorts import judged
from tests.rows import make_calibrator, make_source

pytestmark = pytest.mark.django_db

PLATT = {"kind": "platt", "slopes": [1.0], "intercept": 0.0, "n": 1_000_000}
RUNGS = [{"at": 0, "action": "allow"}, {"at": 0.3, "action": "review"}, {"at": 0.8, "action": "hide"}]
OWN = [{"at": 0, "action": "allow"}, {"at": 0.6, "action": "hide"}, {"at": 0.9, "action": "remove"}]
LADDERS = parse({"default": RUNGS, "hate_speech": OWN})


def offset(source):
    moves = {"categories": {"violence": 1.5, "hate_speech": -1.0}, "sources": {str(source.pk): -0.5}}
    make_calibrator(PLATT | {"offsets": moves})


@pytest.fixture
def traffic(source, setup):
    """Messages of three categories over all margins from -4 to 4, each in the middle of its bin."""
    for category in ("toxicity", "violence", "hate_speech"):
        judged(source, setup, [(float(z), None) for z in CENTRES[512:768:3]], category=category, drawn=False)


def previewed(source, setup):
    proposal = Proposal(LADDERS, 0.1)
    return preview(source, setup, scale_of(source, setup), proposal, proposal).after


def routed(setup):
    """What routing does to each of the messages: how many by action."""
    scores = list(Score.objects.select_related("message"))
    found = probabilities_of(load_context(setup, [score.message for score in scores]), scores)
    each = [
        Judgement(p, score.margin, likeliest(score.category_log_probs), 0.99)
        for score, p in zip(scores, found, strict=True)
    ]
    ways = route(list(each), [(LADDERS, 0.1)] * len(each), setup.key)
    return Counter(way.action for way in ways)


def test_it_moves_the_what_if_as_it_moves_routing(source, setup, traffic):
    plain = previewed(source, setup)
    assert Counter(plain.actions) == routed(setup)
    offset(source)
    moved = previewed(source, setup)
    assert Counter(moved.actions) == routed(setup)
    assert moved.actions != plain.actions


def test_the_page_holds_one_column_a_category(sign_in, dana, source, traffic):
    offset(source)
    chart = sign_in(dana).get("/policy/").context["chart"]
    margins = np.array(chart["margins"])
    assert set(chart["probabilities"]) == set(chart["counts"]) == {"toxicity", "violence", "hate_speech"}
    assert chart["probabilities"]["toxicity"] == pytest.approx(expit(margins - 0.5), abs=1e-5)
    assert chart["probabilities"]["violence"] == pytest.approx(expit(margins + 1.0), abs=1e-5)
    assert chart["probabilities"]["hate_speech"] == pytest.approx(expit(margins - 1.5), abs=1e-5)
    assert chart["pooled"] == chart["probabilities"]["toxicity"], "which has no offset"


def test_the_table_counts_each_category_by_its_own(sign_in, dana, source, traffic):
    offset(source)
    context = sign_in(dana).get("/policy/").context
    columns = context["chart"]["probabilities"].values()
    expected = [sum(sum(low / 10 <= p < (low + 1) / 10 for p in column) for column in columns) for low in range(10)]
    assert [row["count"] for row in context["deciles"]] == expected


def test_a_certified_margin_is_shown_for_its_own_ladder_or_pooled(source, setup):
    offset(source)
    certified = {"margin": 2.0, "model": setup.key.model, "rubric": setup.key.rubric, "attempt": 1}
    hide = {"at": 0.8, "action": "hide", "supervised": True, "certified": certified}
    ladders = parse({"default": [RUNGS[0], hide], "violence": [RUNGS[0], hide]})
    shown = {state.ladder: state.shown for state in _states(ladders, scale_of(source, setup)) if state.shown}
    assert shown == {"default": pytest.approx(expit(1.5), abs=1e-4), "violence": pytest.approx(expit(3.0), abs=1e-4)}


def test_another_source_has_its_own_offset(source, setup):
    offset(source)
    assert scale_of(make_source("forum"), setup).pooled == pytest.approx(expit(CENTRES), abs=1e-5)
