"""The anchored scale through the doors: above the threshold is what the policy does not let pass."""

import pytest

from review.models import Policy
from tests.dropin.conftest import AWFUL

pytestmark = pytest.mark.usefixtures("judging")


def value(response, attribute="TOXICITY"):
    return response.json()["attributeScores"][attribute]["summaryScore"]["value"]


def with_ladder(source, *rungs, name="default", version=2):
    ladders = {"default": [{"at": 0.0, "action": "allow"}, {"at": 0.2, "action": "review"}]}
    ladders[name] = [{"at": 0.0, "action": "allow"}, *({"at": at, "action": action} for action, at in rungs)]
    return Policy.objects.create(
        source=source, version=version, ladders=ladders, audit_rate=0.05, default_actions={"default": "remove"}
    )


def test_the_rung_stands_at_the_threshold(analyze, source, settings_of):
    settings_of(scale="anchored", anchors={"review": 0.8})
    with_ladder(source, ("review", 0.2))
    response = analyze("you are awful")
    assert value(response) == pytest.approx(0.8 + 0.2 * (AWFUL - 0.2) / 0.8, abs=1e-5)
    assert response["Moddog-Version"].endswith("policy=2; scale=anchored")
    assert value(analyze("hello")) == pytest.approx(4 * (1 - AWFUL), abs=1e-5)


def test_a_policy_that_lets_it_pass_keeps_it_below(analyze, source, settings_of):
    settings_of(scale="anchored", anchors={"review": 0.8})
    with_ladder(source, ("review", 0.96))
    assert 0.7 < value(analyze("you are awful")) < 0.8


def test_the_ladder_of_the_likeliest_category_is_the_one_that_counts(analyze, source, settings_of):
    settings_of(scale="anchored", anchors={"review": 0.8})
    with_ladder(source, ("review", 0.96), name="toxicity")
    response = analyze("you are awful", "TOXICITY", "INSULT")
    assert value(response) < 0.8
    share = value(response, "INSULT")
    with_ladder(source, ("review", 0.96), name="harassment", version=3)
    response = analyze("you are awful", "TOXICITY", "INSULT")
    assert value(response) > 0.8
    assert value(response, "INSULT") < share


def test_the_other_door_is_on_the_same_scale(post, source, settings_of):
    settings_of(scale="anchored", anchors={"review": 0.8})
    with_ladder(source, ("review", 0.2))
    response = post("/v1/moderations", {"input": "you are awful"})
    assert response.json()["results"][0]["category_scores"]["harassment"] > 0.9
    assert "scale=anchored" in response["Moddog-Version"]
