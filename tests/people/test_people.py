"""People: invited by links that work once; roles by source; nobody reaches beyond their own sources."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.core import mail
from django.test import Client
from django.utils import timezone

from review.models import AuditEntry, Membership, OneTimeLink, Role, SignInRules, User
from review.people import links, presence
from tests.rows import make_source

pytestmark = pytest.mark.django_db
PASSWORD = "violet anvil 77 parade"


@pytest.fixture
def erin(make_person):
    """An admin of one source, the arcade."""
    return make_person("erin", "admin", make_source())


@pytest.fixture
def fay(make_person):
    """A moderator of the arcade."""
    return make_person("fay", "moderator", make_source())


@pytest.fixture
def gus(make_person):
    """A moderator of another source, the library."""
    return make_person("gus", "moderator", make_source("library"))


def invited(client: Client, **data: str) -> str:
    """The address of a new invitation, as the page shows it this once."""
    html = client.post("/people/invite/", {"name": "Hal", "role": "moderator", **data}).content.decode()
    found = re.search(r'id="new-link">http://testserver(/people/link/[^<]+)<', html)
    assert found, html
    return found[1]


class TestInvitations:
    def test_a_link_makes_an_account_with_the_role_and_signs_in(self, sign_in, erin):
        address = invited(sign_in(erin), source="arcade", role="senior")
        visitor = Client()
        assert "erin" in visitor.get(address).content.decode()
        answer = visitor.post(address, {"username": "hal", "password": PASSWORD})
        assert answer.status_code == 302
        hal = User.objects.get(username="hal")
        assert list(hal.memberships.values_list("source__slug", "role")) == [("arcade", "senior")]
        assert visitor.get("/queue/").status_code == 200

    def test_it_works_once(self, sign_in, erin):
        address = invited(sign_in(erin), source="arcade")
        Client().post(address, {"username": "hal", "password": PASSWORD})
        late = Client()
        assert late.get(address).status_code == 410
        assert late.post(address, {"username": "ivy", "password": PASSWORD}).status_code == 410
        assert not User.objects.filter(username="ivy").exists()

    def test_it_opens_nothing_once_it_is_too_old_or_taken_back(self, sign_in, erin):
        client = sign_in(erin)
        old, back = invited(client, source="arcade"), invited(client, source="arcade")
        first, second = OneTimeLink.objects.order_by("pk")
        OneTimeLink.objects.filter(pk=first.pk).update(expires_at=timezone.now() - timedelta(seconds=1))
        client.post(f"/people/invitations/{second.pk}/take-back/")
        assert [Client().get(each).status_code for each in (old, back)] == [410, 410]

    def test_it_opens_nothing_once_its_maker_may_no_longer_invite(self, sign_in, erin):
        address = invited(sign_in(erin), source="arcade")
        Membership.objects.filter(user=erin).update(role="moderator")
        assert Client().get(address).status_code == 410

    def test_only_its_digest_is_kept(self, sign_in, erin):
        token = invited(sign_in(erin), source="arcade").split("/")[3]
        assert token not in repr(OneTimeLink.objects.values().get())

    def test_the_admin_of_a_source_invites_to_no_other_and_not_to_all(self, sign_in, erin, gus):
        client = sign_in(erin)
        for source in ("library", ""):
            client.post("/people/invite/", {"name": "Hal", "role": "admin", "source": source})
        assert not OneTimeLink.objects.exists()

    def test_somebody_with_an_account_takes_the_role_with_it(self, sign_in, erin, gus):
        address = invited(sign_in(erin), source="arcade", role="senior")
        theirs = Client()
        theirs.force_login(gus)
        assert "Take the role" in theirs.get(address).content.decode()
        theirs.post(f"{address}join/")
        assert dict(gus.memberships.values_list("source__slug", "role")) == {"arcade": "senior", "library": "moderator"}

    def test_it_takes_no_higher_role_away(self, sign_in, root, erin):
        address = invited(sign_in(root), source="arcade", role="moderator")
        theirs = Client()
        theirs.force_login(erin)
        theirs.post(f"{address}join/")
        assert erin.memberships.get().role == "admin"

    def test_weak_passwords_and_names_that_are_taken_come_back(self, sign_in, erin, fay):
        address = invited(sign_in(erin), source="arcade")
        assert "too common" in Client().post(address, {"username": "hal", "password": "password12"}).content.decode()
        assert "this name already" in Client().post(address, {"username": "FAY", "password": PASSWORD}).content.decode()
        assert Client().get(address).status_code == 200

    def test_it_goes_by_mail_where_there_is_a_server(self, sign_in, erin, monkeypatch):
        monkeypatch.setattr(settings, "VARIABLES", replace(settings.VARIABLES, email_url="smtp://mail.example.org"))
        address = invited(sign_in(erin), source="arcade", email="hal@example.org")
        assert mail.outbox[0].to == ["hal@example.org"]
        assert address in mail.outbox[0].body

    def test_without_a_server_no_address_is_asked_for(self, sign_in, erin):
        assert 'name="email"' not in sign_in(erin).get("/people/").content.decode()

    def test_the_first_account_is_an_instance_admins_and_there_is_one(self):
        address = f"/people/link/{links.setup_link()}/"
        answer = Client().post(address, {"username": "ada", "password": PASSWORD})
        assert answer.headers["Location"] == "/start/"
        assert User.objects.get(username="ada").is_instance_admin
        another = f"/people/link/{links.setup_link()}/"
        assert Client().post(another, {"username": "eve", "password": PASSWORD}).status_code == 410


class TestReach:
    def test_an_admin_sees_the_people_of_their_sources_and_those_roles(self, sign_in, erin, fay, gus, root):
        Membership.objects.create(user=fay, source=make_source("library"), role="senior")
        client = sign_in(erin)
        html = client.get("/people/").content.decode()
        assert ">fay<" in html and ">gus<" not in html and ">root<" not in html
        assert "Library" not in html
        assert "Library" not in client.get(f"/people/{fay.pk}/").content.decode()
        assert client.get(f"/people/{gus.pk}/").status_code == 404
        assert client.get(f"/people/{root.pk}/").status_code == 404

    def test_an_instance_admin_sees_everybody(self, sign_in, root, erin, charlie):
        html = sign_in(root).get("/people/").content.decode()
        assert ">erin<" in html and ">charlie<" in html

    @pytest.mark.parametrize("act", ["role/", "active/", "sessions/end/", "second-factor/forget/", "password-link/"])
    def test_nothing_is_done_to_people_of_others(self, sign_in, erin, gus, root, act):
        client = sign_in(erin)
        for person in (gus, root):
            assert client.post(f"/people/{person.pk}/{act}", {"source": "arcade", "role": "admin"}).status_code == 404
        assert gus.memberships.count() == 1

    @pytest.mark.parametrize("act", ["active/", "sessions/end/", "second-factor/forget/", "password-link/"])
    def test_an_account_with_roles_elsewhere_is_not_theirs(self, sign_in, erin, fay, act):
        Membership.objects.create(user=fay, source=make_source("library"), role="moderator")
        assert sign_in(erin).post(f"/people/{fay.pk}/{act}").status_code == 403
        fay.refresh_from_db()
        assert fay.is_active and not OneTimeLink.objects.exists()

    def test_a_role_in_a_source_of_others_can_be_neither_given_nor_taken(self, sign_in, erin, fay):
        other = Membership.objects.create(user=fay, source=make_source("library"), role="moderator")
        client = sign_in(erin)
        client.post(f"/people/{fay.pk}/role/", {"source": "library", "role": "admin"})
        client.post(f"/people/{fay.pk}/role/", {"source": "", "role": "admin"})
        assert client.post(f"/people/{fay.pk}/role/{other.pk}/take/").status_code == 404
        fay.refresh_from_db()
        other.refresh_from_db()
        assert not fay.is_superuser and other.role == "moderator" and fay.memberships.count() == 2

    def test_nobody_changes_themselves(self, sign_in, root):
        client = sign_in(root)
        assert client.post(f"/people/{root.pk}/active/", {"active": "off"}).status_code == 403
        assert client.post(f"/people/{root.pk}/role/", {"source": "", "role": "moderator"}).status_code == 403
        root.refresh_from_db()
        assert root.is_instance_admin

    def test_a_moderator_has_no_such_page(self, sign_in, fay):
        assert sign_in(fay).get("/people/").status_code == 403


class TestRoles:
    def test_a_role_is_changed_and_taken_and_both_are_on_record(self, sign_in, erin, fay):
        client = sign_in(erin)
        client.post(f"/people/{fay.pk}/role/", {"source": "arcade", "role": "senior"})
        assert fay.memberships.get().role == "senior"
        client.post(f"/people/{fay.pk}/role/{fay.memberships.get().pk}/take/")
        assert not fay.memberships.exists()
        gave, took = AuditEntry.objects.order_by("pk")
        assert (gave.verb, gave.actor, gave.details["changes"]) == (
            "gave role",
            erin,
            {"role": ["moderator", "senior"]},
        )
        assert (took.verb, took.source.slug, took.details["changes"]) == (
            "took role",
            "arcade",
            {"role": ["senior", None]},
        )

    def test_an_admin_of_all_sources_is_an_instance_admin_until_that_role_is_taken(self, sign_in, root, charlie):
        client = sign_in(root)
        client.post(f"/people/{charlie.pk}/role/", {"source": "", "role": "admin"})
        charlie.refresh_from_db()
        assert charlie.is_instance_admin
        client.post(f"/people/{charlie.pk}/role/{charlie.memberships.get().pk}/take/")
        charlie.refresh_from_db()
        assert not charlie.is_superuser and not charlie.is_staff

    def test_the_list_goes_on_by_name(self, sign_in, root, make_person, monkeypatch):
        monkeypatch.setattr("review.people.page.PAGE", 2)
        for name in ("ann", "Ben", "cat"):
            make_person(name)
        client = sign_in(root)
        first = client.get("/people/").content.decode()
        assert ">ann<" in first and ">Ben<" in first and ">cat<" not in first and "cursor=Ben" in first
        assert ">cat<" in client.get("/people/?cursor=Ben").content.decode()


class TestSessions:
    def test_whoever_is_stopped_is_out_with_the_next_click_and_may_come_back(self, sign_in, erin, fay):
        theirs = Client(HTTP_USER_AGENT="Firefox")
        theirs.force_login(fay)
        assert theirs.get("/queue/").status_code == 200
        client = sign_in(erin)
        client.post(f"/people/{fay.pk}/active/", {"active": "off"})
        assert theirs.get("/queue/").status_code == 302
        assert not UserSession.objects.filter(user=fay).exists()
        client.post(f"/people/{fay.pk}/active/", {"active": "on"})
        assert theirs.get("/queue/").status_code == 302
        fay.refresh_from_db()
        assert fay.is_active

    def test_a_session_is_listed_and_ended_and_others_go_on(self, sign_in, erin, fay):
        desk, phone = Client(HTTP_USER_AGENT="Firefox"), Client(HTTP_USER_AGENT="<b>Phone")
        for each in (desk, phone):
            each.force_login(fay)
            each.get("/queue/")
        client = sign_in(erin)
        html = client.get(f"/people/{fay.pk}/").content.decode()
        assert "Firefox" in html and "&lt;b&gt;Phone" in html
        lost = UserSession.objects.get(user_agent="<b>Phone")
        client.post(f"/people/{fay.pk}/sessions/end/", {"session": lost.pk})
        assert [each.get("/queue/").status_code for each in (desk, phone)] == [200, 302]

    def test_when_somebody_was_last_seen_is_kept_to_the_minute(self, sign_in, fay):
        client = sign_in(fay)
        client.get("/queue/")
        fay.refresh_from_db()
        assert timezone.now() - fay.last_seen_at < timedelta(minutes=1)
        long_ago = timezone.now() - timedelta(hours=1)
        User.objects.filter(pk=fay.pk).update(last_seen_at=long_ago)
        client.get("/queue/")
        fay.refresh_from_db()
        assert fay.last_seen_at == long_ago
        presence._noted.clear()
        client.get("/queue/")
        fay.refresh_from_db()
        assert fay.last_seen_at > long_ago

    def test_people_see_and_end_their_own(self, sign_in, fay):
        other = Client(HTTP_USER_AGENT="Elsewhere")
        other.force_login(fay)
        other.get("/queue/")
        client = sign_in(fay)
        client.get("/queue/")
        assert "Elsewhere" in client.get("/accounts/sessions/").content.decode()
        client.post("/accounts/sessions/")
        assert other.get("/queue/").status_code == 302
        assert client.get("/queue/").status_code == 200


class TestPasswords:
    def link_for(self, client, person):
        html = client.post(f"/people/{person.pk}/password-link/").content.decode()
        return re.search(r'id="new-link">http://testserver([^<]+)<', html)[1]

    def test_a_link_sets_a_new_password_once_and_ends_the_sessions(self, sign_in, erin, fay):
        theirs = Client()
        theirs.force_login(fay)
        address = self.link_for(sign_in(erin), fay)
        Client().post(address, {"password": PASSWORD})
        assert Client().login(username="fay", password=PASSWORD)
        assert theirs.get("/queue/").status_code == 302
        assert Client().get(address).status_code == 410

    def test_it_opens_nothing_once_the_account_reaches_beyond_its_maker(self, sign_in, erin, fay):
        address = self.link_for(sign_in(erin), fay)
        Membership.objects.create(user=fay, source=make_source("library"), role="moderator")
        assert Client().post(address, {"password": PASSWORD}).status_code == 410
        assert not Client().login(username="fay", password=PASSWORD)


class TestSecondFactor:
    def rule(self, client, role):
        return client.post("/people/sign-in-rules/", {"second_factor_from": role})

    def test_who_needs_one_is_led_to_setting_it_up_and_others_are_not(self, sign_in, root, erin, fay):
        Authenticator.objects.create(user=root, type=Authenticator.Type.TOTP, data={})
        self.rule(sign_in(root), "admin")
        theirs, others = Client(), Client()
        theirs.force_login(erin)
        others.force_login(fay)
        assert theirs.get("/queue/").headers["Location"] == "/accounts/2fa/"
        assert theirs.get("/queue/", headers={"HX-Request": "true"}).status_code == 403
        assert theirs.get("/admin/").headers["Location"] == "/accounts/2fa/"
        assert theirs.get("/accounts/logout/").status_code == 200
        assert others.get("/queue/").status_code == 200

    def test_who_has_one_gets_in_and_whoever_lost_it_is_helped(self, sign_in, root, erin, fay):
        SignInRules.objects.create(pk=1, second_factor_from=Role.MODERATOR)
        for person in (erin, fay):
            Authenticator.objects.create(user=person, type=Authenticator.Type.TOTP, data={})
        theirs = Client()
        theirs.force_login(fay)
        assert theirs.get("/queue/").status_code == 200
        sign_in(erin).post(f"/people/{fay.pk}/second-factor/forget/")
        assert theirs.get("/queue/").status_code == 302

    def test_recovery_codes_alone_are_none(self, sign_in, fay):
        SignInRules.objects.create(pk=1, second_factor_from=Role.MODERATOR)
        Authenticator.objects.create(user=fay, type=Authenticator.Type.RECOVERY_CODES, data={})
        assert sign_in(fay).get("/queue/").status_code == 302

    def test_the_admin_of_a_source_does_not_set_the_rule(self, sign_in, erin):
        assert self.rule(sign_in(erin), "moderator").status_code == 403
        assert not SignInRules.objects.exists()
