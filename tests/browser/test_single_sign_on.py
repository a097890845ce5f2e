"""Signing in at a provider of OpenID Connect, in a real browser, which holds pages to their security policy."""

import re
from dataclasses import replace

import pytest
from playwright.sync_api import expect

from moddog_site.single_sign_on import form_targets, providers
from moddog_site.variables import GroupRole, OidcProvider
from review.models import Membership, User
from tests.openid_provider import CLIENT, SECRET, serving

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def provider(settings):
    with serving({"sub": "17", "preferred_username": "erin", "email": "erin@example.org"}) as provider:
        oidc = OidcProvider("Club login", provider.url, CLIENT, SECRET, roles=(GroupRole("mods", "moderator"),))
        settings.VARIABLES = replace(settings.VARIABLES, oidc=oidc)
        settings.SOCIALACCOUNT_PROVIDERS = providers(oidc)
        policy = settings.CONTENT_SECURITY_POLICY
        directives = {**policy["DIRECTIVES"], "form-action": form_targets(oidc)}
        settings.CONTENT_SECURITY_POLICY = {**policy, "DIRECTIVES": directives}
        yield provider


def sign_in(page):
    page.get_by_role("button", name="Sign in with Club login").click()
    expect(page.get_by_role("heading", name="The provider")).to_be_visible()
    page.get_by_role("button", name="It is me").click()


def test_somebody_new_gets_an_account_and_no_role(provider, browse, page, console):
    browse(None, "/accounts/login/")
    sign_in(page)
    expect(page).not_to_have_url(re.compile("login"))
    erin = User.objects.get()
    assert (erin.username, erin.email) == ("erin", "erin@example.org")
    assert not erin.has_usable_password()
    assert not erin.roles
    assert not [line for line in console if "Content Security Policy" in line]


def test_whoever_has_a_role_comes_to_the_desk_and_stays_the_same_person(provider, browse, page):
    browse(None, "/accounts/login/")
    sign_in(page)
    expect(page).not_to_have_url(re.compile("login"))
    Membership.objects.create(user=User.objects.get(), role="moderator")
    page.context.clear_cookies()
    browse(None, "/accounts/login/")
    sign_in(page)
    expect(page.get_by_text("Nothing is waiting")).to_be_visible()
    assert User.objects.count() == 1


def test_a_group_of_the_provider_gives_a_role_and_takes_it_when_it_goes(provider, browse, page):
    provider.person["groups"] = ["mods"]
    browse(None, "/accounts/login/")
    sign_in(page)
    expect(page.get_by_text("Nothing is waiting")).to_be_visible()
    assert Membership.objects.get().by_group
    provider.person["groups"] = []
    page.context.clear_cookies()
    browse(None, "/accounts/login/")
    sign_in(page)
    expect(page.get_by_text("You have no role in any community yet")).to_be_visible()
    assert not Membership.objects.exists()
