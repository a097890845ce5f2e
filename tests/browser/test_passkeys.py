"""A passkey in a real browser: added, required of a role, and used to sign in. The page's security policy holds it."""

import pytest
from allauth.mfa.models import Authenticator
from playwright.sync_api import expect

from review.models import SignInRules

pytestmark = pytest.mark.django_db(transaction=True)
DEVICE = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
}


@pytest.fixture
def authenticator(page):
    """A device that answers for whoever sits before the browser."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    session.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE})


def test_a_passkey_is_asked_for_added_and_signs_in(authenticator, make_person, browse, page, console):
    SignInRules.objects.create(pk=1, second_factor_from="moderator")
    mia = make_person("mia", "moderator")
    browse(None, "/accounts/login/")
    page.get_by_label("Username").fill("mia")
    page.get_by_label("Password").fill("correct horse battery")
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_text("Your role needs two-factor sign-in")).to_be_visible()
    page.get_by_role("link", name="Add").click()
    page.get_by_label("Passwordless").check()
    page.get_by_role("button", name="Add").click()
    page.wait_for_url("**/accounts/2fa/**codes/**")
    assert Authenticator.objects.filter(user=mia, type=Authenticator.Type.WEBAUTHN).count() == 1
    page.context.clear_cookies()
    browse(None, "/accounts/login/")
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.get_by_role("heading", name="Nothing is waiting")).to_be_visible()
    assert not [line for line in console if "Content Security Policy" in line]
