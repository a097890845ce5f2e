"""The anchored scale through the doors: above the threshold is what the policy does not let pass."""

import re

import pytest
from django.db import IntegrityError, transaction

from review.intake.dropin.scale import anchored
from review.models import AnchorVersion, ModelVersion, Policy
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
    assert f"policy=2; scale=anchored; anchors=1; rubric=1; fingerprint={'f' * 12}" in response["Moddog-Version"]
    assert value(analyze("hello")) == pytest.approx(4 * (1 - AWFUL), abs=1e-5)


def test_the_thresholds_of_an_answer_are_kept_under_the_version_that_it_names(analyze, source, settings_of):
    with_ladder(source, ("review", 0.2))
    told = []
    for fields in ({"anchors": {"review": 0.8}}, {"store": False}, {"anchors": {"review": 0.5}}):
        settings_of(scale="anchored", **fields)
        response = analyze("you are awful")
        told.append((re.search(r"anchors=(\d+)", response["Moddog-Version"])[1], value(response)))
    assert [number for number, _ in told] == ["1", "1", "2"]
    for number, score in told:
        kept = AnchorVersion.objects.get(source=source, version=number)
        assert score == pytest.approx(anchored({"review": 0.2}, kept.thresholds)(AWFUL), abs=1e-5)
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        AnchorVersion.objects.update(thresholds={"review": 0.9})


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
    assert "scale=anchored; anchors=1" in response["Moddog-Version"]


def test_a_certified_threshold_counts_for_the_very_version_that_judged(analyze, source, settings_of):
    """A certificate belongs to a fingerprint, which is more than the weights."""
    settings_of(scale="anchored", anchors={"hide": 0.8})
    ModelVersion.objects.filter(is_active=True).update(fingerprint="e" * 64)
    ladder = [{"at": 0.0, "action": "allow"}, {"at": 0.99, "action": "hide", "supervised": True}]
    for version, (fingerprint, is_above) in enumerate((("e" * 64, True), ("f" * 64, False)), start=2):
        ladder[1] |= {"certified": {"margin": 2.0, "model": fingerprint, "rubric": 1, "attempt": 1}}
        actions = {"default": "remove"}
        Policy.objects.create(
            source=source, version=version, ladders={"default": ladder}, audit_rate=0.05, default_actions=actions
        )
        assert (value(analyze("you are awful")) >= 0.8) is is_above
