"""Triggers decide for clients of other APIs as well, whether what they send is kept or not."""

import pytest

from review.models import Message, Trigger
from review.triggers.changes import change
from tests.dropin.test_coral import SECRET, send


@pytest.fixture
def trigger(source, make_person):
    def put(text, **fields):
        values = {"kind": "phrase", "category": "spam", "effect": "remove", "mode": "on", **fields}
        change(source, make_person("sam", "senior"), made_from=0, add=[Trigger(text=text, **values)])

    return put


@pytest.mark.usefixtures("judging")
def test_coral_is_told_what_the_trigger_is_about_and_not_what_the_model_guessed(trigger, settings_of):
    settings_of(coral_secrets=[SECRET])
    trigger("free nitro")
    answer = send({"comment": {"body": "get <b>fr33</b> nitro", "parentID": None}}).json()
    assert answer["status"] == "REJECTED"
    assert answer["moderationAction"]["rejectionReason"]["code"] == "SPAM"
    assert "actions" not in answer


@pytest.mark.usefixtures("judging")
def test_what_is_not_kept_is_flagged_and_leaves_no_trace(trigger, post):
    trigger("free nitro", effect="hide")
    result = post("/v1/moderations", {"input": "get free nitro"}).json()["results"][0]
    assert (result["flagged"], result["moddog"]["route"], result["moddog"]["why"]) == (True, "hide", "trigger")
    assert not Message.objects.exists()


@pytest.mark.usefixtures("judging")
@pytest.mark.parametrize(("category", "named"), [("spam", []), ("violence", ["violence"])])
def test_openais_category_is_that_of_the_trigger(trigger, post, category, named):
    trigger("free nitro", effect="hide", category=category)
    result = post("/v1/moderations", {"input": "you are awful, get free nitro"}).json()["results"][0]
    assert result["flagged"]
    assert [name for name, is_true in result["categories"].items() if is_true] == named


@pytest.mark.usefixtures("judging")
def test_a_script_that_the_model_does_not_know_has_no_score_for_all_that(trigger, post):
    trigger("спам", effect="hide")
    result = post("/v1/moderations", {"input": "это спам"}).json()["results"][0]
    assert result["moddog"]["why"] == "trigger"
    assert set(result["category_scores"].values()) == {0.0}
