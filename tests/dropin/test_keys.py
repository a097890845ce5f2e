"""Who may ask, with a key in any of three places, and what browsers are allowed."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from review.models import ApiToken, ClientError, Scope
from tests.dropin.conftest import ANALYZE, error_of
from tests.rows import make_source

BODY = {"comment": {"text": "hello"}, "requestedAttributes": {"TOXICITY": {}}}
PAGE = "https://news.example.org"


def send(path=ANALYZE, body=BODY, **headers):
    return Client(raise_request_exception=False).post(path, body, content_type="application/json", headers=headers)


@pytest.mark.usefixtures("judging")
class TestKey:
    def test_it_may_stand_in_three_places(self, key):
        for response in (
            send(f"{ANALYZE}?key={key}"),
            send(Authorization=f"Bearer {key}"),
            send(**{"X-Goog-Api-Key": key}),
        ):
            assert response.status_code == 200, response.content

    def test_without_one_or_with_a_wrong_one_nothing_is_done(self, key):
        for response in (send(), send(f"{ANALYZE}?key=md_wrong"), send(Authorization="Basic abc")):
            assert error_of(response, 401)["status"] == "UNAUTHENTICATED"

    def test_a_revoked_one_is_a_wrong_one(self, key):
        ApiToken.objects.update(revoked_at=timezone.now())
        assert send(Authorization=f"Bearer {key}").status_code == 401

    @pytest.mark.parametrize(("scopes", "status"), [(["score"], 200), (["ingest"], 200), (["read"], 403)])
    def test_what_it_may_do_depends_on_its_scopes(self, source, scopes, status):
        key = ApiToken.issue(source, "one", scopes)
        assert send(Authorization=f"Bearer {key}").status_code == status
        assert ClientError.objects.count() == (status == 403)

    def test_one_that_may_only_score_may_suggest_nothing(self, source):
        key = ApiToken.issue(source, "page", [Scope.SCORE])
        suggestion = {"comment": {"text": "hello"}, "attributeScores": {"TOXICITY": {"summaryScore": {"value": 1}}}}
        path = "/v1alpha1/comments:suggestscore"
        assert error_of(send(path, suggestion, Authorization=f"Bearer {key}"), 403)["status"] == "PERMISSION_DENIED"

    def test_its_last_use_is_noted_to_the_minute(self, key, django_assert_num_queries):
        send(Authorization=f"Bearer {key}")
        first = ApiToken.objects.get().last_used_at
        assert first
        send(Authorization=f"Bearer {key}")
        assert ApiToken.objects.get().last_used_at == first
        ApiToken.objects.update(last_used_at=first - timedelta(minutes=2))
        send(Authorization=f"Bearer {key}")
        assert ApiToken.objects.get().last_used_at > first - timedelta(seconds=1)


@pytest.mark.usefixtures("judging")
class TestBrowsers:
    def preflight(self, path=ANALYZE, origin=PAGE, asked="content-type,x-goog-api-key"):
        headers = {
            "Origin": origin,
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": asked,
        }
        return Client().options(path, headers=headers)

    def test_no_origin_is_allowed_until_the_admin_lists_it(self, key):
        response = self.preflight()
        assert response.status_code == 204
        assert "Access-Control-Allow-Origin" not in response
        response = send(Origin=PAGE, Authorization=f"Bearer {key}")
        assert response.status_code == 200
        assert "Access-Control-Allow-Origin" not in response

    def test_a_listed_one_is(self, key, settings_of):
        settings_of(origins=[PAGE])
        response = self.preflight()
        assert response["Access-Control-Allow-Origin"] == PAGE
        assert response["Access-Control-Allow-Methods"] == "GET, POST"
        assert response["Access-Control-Allow-Headers"] == "content-type,x-goog-api-key"
        response = send(Origin=PAGE, Authorization=f"Bearer {key}")
        assert (response["Access-Control-Allow-Origin"], response["Vary"]) == (PAGE, "Origin")
        assert "Moddog-Version" in response["Access-Control-Expose-Headers"]

    def test_errors_can_be_read_there_too(self, key, settings_of):
        settings_of(origins=[PAGE])
        response = send(body={}, Origin=PAGE, Authorization=f"Bearer {key}")
        assert (response.status_code, response["Access-Control-Allow-Origin"]) == (400, PAGE)

    def test_but_with_the_key_of_another_source_it_is_not(self, settings_of):
        settings_of(origins=[PAGE])
        other = ApiToken.issue(make_source("book-club"), "theirs", [Scope.SCORE])
        assert "Access-Control-Allow-Origin" not in send(Origin=PAGE, Authorization=f"Bearer {other}")
        assert "Access-Control-Allow-Origin" not in self.preflight(f"{ANALYZE}?key={other}")

    @pytest.mark.parametrize("path", [f"{ANALYZE}/", "/v1alpha1/comments:suggestscore", "/v1/moderations", "/batch"])
    def test_every_door_answers_preflight(self, path, settings_of):
        settings_of(origins=[PAGE])
        assert self.preflight(path)["Access-Control-Allow-Origin"] == PAGE

    def test_headers_that_are_none_are_not_echoed(self, settings_of):
        settings_of(origins=[PAGE])
        assert "evil" not in self.preflight(asked="evil: 1")["Access-Control-Allow-Headers"]
