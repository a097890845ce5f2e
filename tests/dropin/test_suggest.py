"""`comments:suggestscore`: recorded without the text, and labels only where the source's admin trusts them."""

import pytest

from review.intake.digests import text_digest
from review.intake.imports import decide_imported
from review.intake.labels import Labelled
from review.judging.drain import drain
from review.models import Category, Label, Message, Outcome, Reason, Score, Suggestion
from review.registry.scoring_setup import ScoringSetup
from tests.dropin.conftest import type_of
from tests.rows import make_judge, make_message

SUGGEST = "/v1alpha1/comments:suggestscore"
pytestmark = pytest.mark.usefixtures("judging")
CORAL = {
    "comment": {"text": "you are awful"},
    "context": {"entries": [{"text": '{"url": "https://news.example.org/1", "storyID": "s-1"}'}]},
    "attributeScores": {"TOXICITY": {"summaryScore": {"value": 1}}},
    "languages": ["EN"],
    "communityId": "Coral:https://news.example.org",
    "clientToken": "comment:c-1",
}


def test_it_is_recorded_without_its_text(post):
    response = post(SUGGEST, CORAL)
    assert (response.status_code, response.json()) == (200, {"clientToken": "comment:c-1"})
    kept = Suggestion.objects.get()
    assert bytes(kept.text_digest) == text_digest("you are awful")
    assert (kept.client_token, kept.community) == ("comment:c-1", "Coral:https://news.example.org")
    assert (kept.scores, kept.message) == ({"TOXICITY": 1.0}, None)
    assert not Label.objects.exists()
    assert not Message.objects.exists()


def test_where_it_is_trusted_a_text_that_was_never_stored_is_labelled_and_scored(post, settings_of, scorer):
    settings_of(trust_suggestions=True)
    post(SUGGEST, CORAL)
    list(drain(scorer, ScoringSetup(*make_judge())))
    label = Label.objects.get()
    assert (label.violation, label.category, label.blind, label.cohort_rate) == (True, "toxicity", False, None)
    assert label.message.text == "you are awful"
    assert Score.objects.get().message == label.message == Suggestion.objects.get().message
    assert label.decision.case.reason == Reason.IMPORT
    assert not Outcome.objects.exists()


@pytest.mark.parametrize(
    ("scores", "category"),
    [
        ({"TOXICITY": 0}, "benign"),
        ({"TOXICITY": 0.4, "INSULT": 0.2}, "benign"),
        ({"TOXICITY": 0.6, "INSULT": 0.9}, "harassment"),
        ({"THREAT": 1, "SPAM": 1}, "violence"),
    ],
)
def test_the_highest_suggested_attribute_is_the_category(post, settings_of, scores, category):
    settings_of(trust_suggestions=True)
    suggested = {name: {"summaryScore": {"value": value}} for name, value in scores.items()}
    post(SUGGEST, {**CORAL, "attributeScores": suggested})
    assert Label.objects.get().category == category


def test_what_says_nothing_that_moddog_judges_is_no_label(post, settings_of):
    settings_of(trust_suggestions=True)
    post(SUGGEST, {**CORAL, "attributeScores": {"SPAM": {"summaryScore": {"value": 1}}}})
    assert Suggestion.objects.get().scores == {"SPAM": 1.0}
    assert not Label.objects.exists()


def test_a_stored_message_is_found_by_the_clients_token(post, settings_of, source):
    settings_of(trust_suggestions=True)
    message = make_message(source, "you are awful", external_id="comment:c-1")
    post(SUGGEST, CORAL)
    assert Label.objects.get().message == message


def test_a_token_that_stands_for_another_text_is_not_it(post, settings_of, source):
    settings_of(trust_suggestions=True)
    make_message(source, "something else", external_id="comment:c-1")
    post(SUGGEST, CORAL)
    assert Label.objects.get().message.text == "you are awful"


def test_what_came_by_the_same_door_is_found_by_its_text(post, settings_of, analyze):
    settings_of(trust_suggestions=True, store=True)
    analyze("you are awful")
    post(SUGGEST, CORAL)
    assert Label.objects.get().message == Message.objects.get()


def test_the_same_suggestion_again_is_recorded_and_no_second_label(post, settings_of):
    settings_of(trust_suggestions=True)
    post(SUGGEST, CORAL)
    post(SUGGEST, CORAL)
    assert (Suggestion.objects.count(), Label.objects.count(), Message.objects.count()) == (2, 1, 1)


BENIGN = CORAL | {"attributeScores": {"TOXICITY": {"summaryScore": {"value": 0}}}}


def test_the_latest_suggestion_corrects_an_earlier_one(post, settings_of):
    settings_of(trust_suggestions=True)
    for suggested in (CORAL, BENIGN, CORAL, BENIGN):
        post(SUGGEST, suggested)
    assert Label.objects.get(decision__undone_at=None).category == "benign"
    assert Suggestion.objects.filter(message=Message.objects.get()).count() == 4


def test_a_label_that_came_with_a_file_stands(post, settings_of, source):
    settings_of(trust_suggestions=True)
    make_message(source, "you are awful", external_id="comment:c-1")
    decide_imported(source, {"comment:c-1": Category.TOXICITY}, Labelled("label", drawn=0.1))
    for suggested in (CORAL, BENIGN):
        post(SUGGEST, suggested)
    label = Label.objects.get()
    assert (label.category, label.cohort_rate, label.decision.undone_at) == ("toxicity", 0.1, None)
    assert not Suggestion.objects.exclude(message=None).exists()


def test_a_text_under_another_token_of_the_client_is_stored_beside(post, settings_of, analyze):
    settings_of(trust_suggestions=True, store=True)
    analyze("you are awful", clientToken="comment:c-0")
    post(SUGGEST, CORAL)
    assert {each.external_id[:9] for each in Message.objects.all()} == {"comment:c", "suggested"}


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"comment": {"text": ""}}, "COMMENT_EMPTY"),
        ({"attributeScores": {}}, "NO_REQUESTED_ATTRIBUTES"),
        ({"attributeScores": {"TOXICITY": {"summaryScore": {"value": 7}}}}, "INVALID_REQUEST"),
        ({"attributeScores": {"TOXICITY": {"summaryScore": 1}}}, "INVALID_REQUEST"),
        ({"attributeScores": "high"}, "INVALID_REQUEST"),
    ],
)
def test_what_is_wrong_is_refused_and_not_recorded(post, change, error):
    assert type_of(post(SUGGEST, {**CORAL, **change})) == error
    assert not Suggestion.objects.exists()


@pytest.mark.parametrize("name", ["TOXI\0CITY", "\ud800"])
def test_an_attribute_whose_name_cannot_be_stored_is_refused(post, name):
    response = post(SUGGEST, CORAL | {"attributeScores": {name: {"summaryScore": {"value": 1}}}})
    assert (response.status_code, type_of(response)) == (400, "INVALID_REQUEST")
    assert not Suggestion.objects.exists()


@pytest.mark.parametrize("name", ["TOXI\0CITY", "\ud800"])
def test_an_error_that_quotes_such_a_name_is_answered_and_noted(post, source, name):
    body = {"comment": {"text": "hello"}, "requestedAttributes": {name: {}}}
    assert post("/v1alpha1/comments:analyze", body).status_code == 400
    assert source.client_errors.count() == 1
