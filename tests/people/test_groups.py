"""Groups of the single sign-on: roles come and go with them, and what was given by hand stands."""

from dataclasses import replace
from types import SimpleNamespace

import pytest

from moddog_site.oidc_roles import follow_groups, groups_in
from moddog_site.variables import BadVariable, GroupRole, OidcProvider, read_variables
from review.models import AuditEntry, Membership, User
from review.people.groups import Given, follow, mapped_groups
from tests.rows import make_source

KEY = "k" * 40
SET = {f"MODDOG_OIDC_{name}": value for name, value in (("CLIENT_ID", "desk"), ("CLIENT_SECRET", "s"))}
SET |= {"MODDOG_OIDC_SERVER_URL": "https://id.example.org", "MODDOG_SECRET_KEY": KEY}


def roles(person):
    return {(each.source.slug if each.source else "", each.role) for each in Membership.objects.filter(user=person)}


@pytest.mark.django_db
def test_the_strongest_of_several_groups_holds_and_goes_with_it(charlie):
    make_source()
    follow(charlie, [Given("moderator", "arcade"), Given("senior", "arcade"), Given("moderator", "nowhere")])
    assert roles(charlie) == {("arcade", "senior")}
    follow(charlie, [Given("moderator", "arcade")])
    assert roles(charlie) == {("arcade", "moderator")}
    follow(charlie, [])
    assert roles(charlie) == set()
    entries = AuditEntry.objects.filter(target="user", target_id=charlie.pk).order_by("pk")
    assert [each.verb for each in entries] == ["gave role", "gave role", "took role"]
    assert {each.actor for each in entries} == {None} and entries[0].details["by_group"]


@pytest.mark.django_db
def test_what_was_given_by_hand_stands(make_person, root):
    arcade = make_source()
    erin = make_person("erin", "admin", arcade)
    follow(erin, [Given("moderator", "arcade")])
    follow(erin, [])
    assert roles(erin) == {("arcade", "admin")}
    follow(root, [Given("moderator")])
    root.refresh_from_db()
    assert root.is_superuser and roles(root) == {("", "admin")}


@pytest.mark.django_db
def test_an_instance_admin_by_group_is_none_without_it(charlie):
    follow(charlie, [Given("admin")])
    charlie.refresh_from_db()
    assert charlie.is_instance_admin
    follow(charlie, [])
    charlie.refresh_from_db()
    assert not (charlie.is_instance_admin or charlie.is_staff) and roles(charlie) == set()


@pytest.mark.django_db
def test_signing_in_brings_the_roles_of_the_groups(charlie, settings):
    make_source()
    oidc = OidcProvider(
        "Club", "https://id.example.org", "desk", "s", "teams", (GroupRole("mods", "senior", "arcade"),)
    )
    settings.VARIABLES = replace(settings.VARIABLES, oidc=oidc)

    def sign_in(**claims):
        login = SimpleNamespace(account=SimpleNamespace(extra_data={"userinfo": claims}))
        follow_groups(User, user=charlie, sociallogin=login)

    sign_in(teams=["mods", "others"])
    assert roles(charlie) == {("arcade", "senior")}
    follow_groups(User, user=charlie)  # by password: nothing is known of groups
    assert roles(charlie) == {("arcade", "senior")}
    sign_in(groups=["mods"])  # not the claim that was named
    assert roles(charlie) == set()


@pytest.mark.django_db
def test_admins_see_what_the_groups_of_their_sources_give(root, make_person, sign_in, settings):
    arcade = make_source()
    roles = (
        GroupRole("mods", "senior", "arcade"),
        GroupRole("ghosts", "moderator", "gone"),
        GroupRole("root", "admin"),
    )
    oidc = OidcProvider("Club", "https://id.example.org", "desk", "s", "teams", roles)
    settings.VARIABLES = replace(settings.VARIABLES, oidc=oidc)
    shown = [(each.group, each.role, each.source) for each in mapped_groups(root)]
    assert shown == [
        ("mods", "Senior moderator", arcade),
        ("ghosts", "Moderator", None),
        ("root", "Instance admin", None),
    ]
    page = sign_in(root).get("/people/").content.decode()
    assert "Groups of the single sign-on" in page and "there is no source" in page
    erin = make_person("erin", "admin", arcade)
    assert [each.group for each in mapped_groups(erin)] == ["mods"]
    follow(charlie := make_person("carl"), [Given("senior", "arcade")])
    assert "it comes back with their next sign-in" in sign_in(erin).get(f"/people/{charlie.pk}/").content.decode()


def test_groups_are_read_from_either_part():
    assert groups_in({"id_token": {"groups": ["a", "b"]}, "userinfo": {"groups": "c"}}, "groups") == {"a", "b", "c"}
    assert groups_in({"userinfo": {"groups": {"a": 1}}}, "groups") == set()


def test_the_map_is_read_and_an_admin_of_all_is_written_out():
    value = "mods=moderator@arcade, cn=leads,ou=x=senior".replace(",ou=x", "") + ", root=instance-admin"
    found = read_variables(SET | {"MODDOG_OIDC_ROLES": value}).oidc
    assert found.groups_claim == "groups"
    assert found.roles == (
        GroupRole("mods", "moderator", "arcade"),
        GroupRole("cn=leads", "senior"),
        GroupRole("root", "admin"),
    )


@pytest.mark.parametrize("value", ["mods", "mods=king", "mods=senior@", "=senior", "root=admin"])
def test_what_is_wrong_with_the_map_stops_the_start(value):
    with pytest.raises(BadVariable, match="MODDOG_OIDC_ROLES"):
        read_variables(SET | {"MODDOG_OIDC_ROLES": value})
