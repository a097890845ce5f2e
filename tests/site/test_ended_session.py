"""A session that ended: every page says where to sign in, and a script moves nothing."""

import pytest

from review.models import Source

pytestmark = pytest.mark.django_db

PAGES = (
    "/",
    "/queue/",
    "/figures/",
    "/calibration/",
    "/calibration/live/",
    "/policy/",
    "/operations/",
    "/models/",
    "/intake/",
    "/intake/1/",
    "/intake/1/rejected.csv",
)
VERBS = (
    "/take/",
    "/cases/1/decide/",
    "/cases/1/skip/",
    "/cases/1/renew/",
    "/decisions/1/undo/",
    "/policy/arcade/preview/",
    "/intake/1/start/",
    "/intake/1/discard/",
)


@pytest.mark.parametrize("path", PAGES)
def test_a_page_leads_to_sign_in_and_back(client, path):
    assert client.get(path).headers["Location"] == f"/accounts/login/?next={path}"


@pytest.mark.parametrize("method, path", [*(("GET", path) for path in PAGES), *(("POST", path) for path in VERBS)])
def test_a_script_is_told_where_and_gets_nothing_to_show(client, method, path):
    Source.objects.create(slug="arcade", name="Arcade")
    headers = {"HX-Request": "true", "HX-Current-URL": "http://testserver/queue/?reason=blind&order=oldest"}
    answer = client.generic(method, path, headers=headers)
    assert answer.status_code == 401
    assert answer.headers["Moddog-Sign-In"] == "/accounts/login/?next=%2Fqueue%2F%3Freason%3Dblind%26order%3Doldest"
    assert answer.headers["Content-Type"] == "text/plain"
    assert "HX-Redirect" not in answer.headers


def test_a_token_of_the_session_before_is_answered_with_one_that_fits(alice, client):
    strict = type(client)(enforce_csrf_checks=True)
    strict.force_login(alice)
    strict.get("/")
    answer = strict.post("/take/", headers={"HX-Request": "true", "X-CSRFToken": "x" * 64})
    assert answer.status_code == 403
    fresh = answer.headers["Moddog-Csrf-Token"]
    assert strict.post("/take/", headers={"HX-Request": "true", "X-CSRFToken": fresh}).status_code == 200


def test_a_browser_without_scripts_gets_its_note_back(alice, client):
    strict = type(client)(enforce_csrf_checks=True)
    strict.force_login(alice)
    answer = strict.post("/cases/1/decide/", {"note": "typed with care", "csrfmiddlewaretoken": "x" * 64})
    assert answer.status_code == 403
    assert "typed with care" in answer.content.decode()
    assert "Moddog-Csrf-Token" not in answer.headers


def test_without_a_session_a_stale_token_is_a_matter_of_signing_in(client):
    strict = type(client)(enforce_csrf_checks=True)
    answer = strict.post("/take/", headers={"HX-Request": "true", "X-CSRFToken": "x" * 64})
    assert answer.status_code == 401
    assert "Moddog-Csrf-Token" not in answer.headers
