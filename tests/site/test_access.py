"""Signing in, and what a browser is told about the pages it gets."""

from collections.abc import Iterator

import pytest
from django.core.cache import cache
from django.test import Client

from moddog_site.single_sign_on import form_targets
from moddog_site.variables import OidcProvider
from review.models import User

pytestmark = pytest.mark.django_db
PASSWORD = "correct horse battery"


def log_in(client: Client, username: str, password: str = PASSWORD) -> object:
    return client.post("/accounts/login/", {"login": username, "password": password})


def test_it_signs_in_by_username(client: Client, alice: User) -> None:
    answer = log_in(client, "alice")
    assert answer.status_code == 302  # type: ignore[attr-defined]
    assert client.session["_auth_user_id"] == str(alice.pk)


def test_a_wrong_password_says_so_on_the_same_page(client: Client, alice: User) -> None:
    answer = log_in(client, "alice", "wrong")
    assert answer.status_code == 200  # type: ignore[attr-defined]
    assert "_auth_user_id" not in client.session


@pytest.fixture
def guessed_at(client: Client, alice: User) -> Iterator[None]:
    """Somebody at one address has tried passwords for alice until they were refused."""
    cache.clear()
    for _ in range(6):
        log_in(client, "alice", "wrong")
    yield
    cache.clear()


def test_guessing_is_slowed_down_and_the_answer_says_for_how_long(client: Client, guessed_at: None) -> None:
    answer = log_in(client, "alice")
    assert "_auth_user_id" not in client.session
    assert "Try again in 5 minutes" in answer.content.decode()  # type: ignore[attr-defined]


def test_guesses_at_one_address_do_not_lock_the_name_out_at_another(guessed_at: None) -> None:
    elsewhere = Client(REMOTE_ADDR="192.0.2.7")
    log_in(elsewhere, "alice")
    assert "_auth_user_id" in elsewhere.session


def test_guesses_do_not_shut_out_others_behind_the_same_address(client: Client, bob: User, guessed_at: None) -> None:
    for number in range(30):
        log_in(client, f"nobody{number}", "wrong")
    log_in(client, "bob")
    assert client.session["_auth_user_id"] == str(bob.pk)


def test_nobody_opens_an_account_by_themselves(client: Client) -> None:
    form = {"username": "eve", "password1": PASSWORD, "password2": PASSWORD}
    client.post("/accounts/signup/", form)
    assert not User.objects.filter(username="eve").exists()


def test_the_admin_asks_for_the_same_login(client: Client) -> None:
    answer = client.get("/admin/login/?next=/admin/")
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("/accounts/login/")


def test_scripts_come_from_here_and_never_from_the_page(client: Client) -> None:
    policy = dict(
        directive.strip().split(" ", 1)
        for directive in client.get("/accounts/login/").headers["Content-Security-Policy"].split(";")
    )
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == "'self'"
    assert policy["style-src"].split()[0] == "'self'"
    assert not [source for source in policy.values() if "unsafe" in source or "http" in source or "*" in source]
    assert policy["frame-ancestors"] == "'none'"
    assert policy["base-uri"] == "'none'"
    assert policy["form-action"] == "'self'"


def test_forms_may_also_lead_to_the_provider_of_single_sign_on_where_one_is_named() -> None:
    oidc = OidcProvider("Club", "https://id.example.org:8443/realms/club", "moddog", "secret")
    assert form_targets(oidc) == ["'self'", "https://id.example.org:8443"]


def test_pages_cannot_be_framed_or_sniffed(client: Client) -> None:
    headers = client.get("/accounts/login/").headers
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"


def test_the_session_cookie_is_out_of_reach_for_scripts(client: Client, alice: User) -> None:
    log_in(client, "alice")
    assert client.cookies["sessionid"]["httponly"]
    assert client.cookies["sessionid"]["samesite"] == "Lax"
