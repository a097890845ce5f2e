"""The policy page: admins of the source only, a preview that saves nothing, versions that stay."""

import re

import pytest
from django.urls import reverse

from review.models import AuditEntry, Policy, Rerouting
from review.registry.policy_versions import policy_of
from tests.rows import make_calibrator, make_message, make_source, make_verdict

pytestmark = pytest.mark.django_db
PAGE = "/policy/"


@pytest.fixture
def source():
    return make_source()


def form(**changes):
    return {"default-review": "20", "default-hide": "90", "audit_rate": "5", **changes}


def save(client, source, **changes):
    """Save the form as it is opened now, unless it names the version that it was made from."""
    seen = {"version": policy_of(source).version}
    return client.post(reverse("policy-save", args=[source.slug]), form(**{**seen, **changes}))


def bring_back(client, source, version, seen=None):
    fields = {"version": policy_of(source).version if seen is None else seen}
    return client.post(reverse("policy-bring-back", args=[source.slug, version]), fields, follow=True)


def test_it_shows_the_policy_in_force(sign_in, dana, source):
    html = sign_in(dana).get(PAGE).content.decode()
    assert "policy 1 is in force" in html
    assert 'name="default-review"' in html


def test_anonymous_people_sign_in_first(client, source):
    assert client.get(PAGE)["Location"].startswith("/accounts/login/")


def test_a_moderator_may_not_see_it(sign_in, alice, source):
    assert sign_in(alice).get(PAGE).status_code == 403


def test_an_admin_of_one_source_does_not_reach_another(sign_in, make_person, source):
    forum = make_source("forum")
    client = sign_in(make_person("erin", "admin", forum))
    assert client.get(f"{PAGE}?source={source.slug}").status_code == 404
    assert save(client, source).status_code == 404
    assert client.get(f"{PAGE}?source=forum").status_code == 200


def test_saving_makes_a_new_version_and_keeps_the_old_one(sign_in, dana, source):
    policy_of(source)
    answer = save(sign_in(dana), source, **{"default-remove": "97.5", "violence-review": "10", "note": "stricter"})
    assert answer.status_code == 302
    policy = policy_of(source)
    assert (policy.version, policy.note, policy.created_by, policy.audit_rate) == (2, "stricter", dana, 0.05)
    assert policy.ladders == {
        "default": [
            {"at": 0.0, "action": "allow"},
            {"at": 0.2, "action": "review"},
            {"at": 0.9, "action": "hide", "supervised": True},
            {"at": 0.975, "action": "remove", "supervised": True},
        ],
        "violence": [{"at": 0.0, "action": "allow"}, {"at": 0.1, "action": "review"}],
    }
    assert Policy.objects.filter(source=source).count() == 2
    entry = AuditEntry.objects.get()
    assert (entry.verb, entry.details["unsupervised"]) == ("changed policy", [])
    assert entry.details["changes"]["ladders"][1] == Policy.objects.get(source=source, version=2).ladders


def test_nothing_is_taken_away_without_people_unless_an_admin_says_so_knowingly(sign_in, dana, source):
    client = sign_in(dana)
    answer = save(client, source, **{"alone-hide": "on", "note": "they asked for it"})
    assert "Hide would be taken without people" in answer.content.decode()
    assert "they asked for it" in answer.content.decode()
    assert policy_of(source).version == 1
    save(client, source, **{"alone-hide": "on", "understood": "on"})
    policy = policy_of(source)
    assert policy.ladders["default"][-1] == {"at": 0.9, "action": "hide"}
    assert AuditEntry.objects.get().details["unsupervised"] == ["hide"]
    assert save(client, source, **{"alone-hide": "on", "default-hide": "80"}).status_code == 302


def test_a_rung_may_have_a_rate_of_its_own(sign_in, dana, source):
    save(sign_in(dana), source, **{"rate-allow": "2.5"})
    assert policy_of(source).ladders["default"][0] == {"at": 0.0, "action": "allow", "rate": 0.025}
    assert 'name="rate-allow"' in sign_in(dana).get(PAGE).content.decode()


def test_waiting_cases_follow_a_new_policy(sign_in, dana, source):
    save(sign_in(dana), source, **{"default-review": "30"})
    run = Rerouting.objects.get()
    assert (run.source, run.by, run.why) == (source, dana, "policy 2")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"default-hide": "10"}, "hide must begin above review"),
        ({"default-review": "120"}, "less than or equal to 100"),
        ({"audit_rate": ""}, "This field is required"),
        ({"default-review": "nonsense"}, "Enter a number"),
    ],
)
def test_a_ladder_that_makes_no_sense_is_not_saved_and_what_was_typed_is_kept(sign_in, dana, source, changes, words):
    policy_of(source)
    answer = save(sign_in(dana), source, note="my reason", **changes)
    assert answer.status_code == 200
    assert words in answer.content.decode()
    assert "my reason" in answer.content.decode()
    assert policy_of(source).version == 1


def test_a_preview_says_what_would_change_and_saves_nothing(sign_in, dana, source):
    make_calibrator()
    message = make_message(source, "<script>alert(1)</script>")
    make_verdict(message, probability=0.6, margin=0.4)
    answer = sign_in(dana).post(
        reverse("policy-preview", args=[source.slug]),
        form(**{"version": "1", "default-hide": "50", "alone-hide": "on"}),
    )
    html = answer.content.decode()
    assert "1</b> of the last 1 messages would have gone another way" in html
    assert "unknown: none judged blind" in html
    assert "&lt;script&gt;" in html
    assert "<script>alert" not in html
    assert Policy.objects.count() == 1


def test_an_old_version_comes_back_as_a_new_one(sign_in, dana, source):
    client = sign_in(dana)
    policy_of(source)
    save(client, source, **{"default-review": "50"})
    answer = bring_back(client, source, 1)
    assert "Policy 1 is back in force, as policy 3" in answer.content.decode()
    policy = policy_of(source)
    assert policy.version == 3
    assert policy.ladders == Policy.objects.get(source=source, version=1).ladders


@pytest.mark.parametrize("name", ["policy-preview", "policy-save"])
def test_changes_are_posted(sign_in, dana, source, name):
    assert sign_in(dana).get(reverse(name, args=[source.slug])).status_code == 405


def test_of_two_admins_with_old_forms_the_second_is_told_and_keeps_what_they_typed(sign_in, dana, make_person, source):
    policy_of(source)
    erin = make_person("erin", "admin")
    save(sign_in(erin), source, **{"default-hide": "95", "note": "fewer are hidden"})
    answer = save(sign_in(dana), source, version="1", **{"default-review": "35", "note": "less work"})
    html = answer.content.decode()
    assert answer.status_code == 409
    assert "Policy 2, erin" in html
    assert "fewer are hidden" in html
    assert "hide from 90 %, people look first → from 95 %, people look first" in html
    assert ('value="35"' in html, "less work" in html) == (True, True)
    assert policy_of(source).created_by == erin
    assert 'name="version" value="2"' in html
    assert save(sign_in(dana), source, version="2", **{"default-review": "35"}).status_code == 302
    assert policy_of(source).version == 3


def test_a_form_with_an_error_comes_back_as_old_as_it_is(sign_in, dana, make_person, source):
    policy_of(source)
    save(sign_in(make_person("erin", "admin")), source, **{"default-hide": "95"})
    client = sign_in(dana)
    refused = save(client, source, version="1", **{"alone-hide": "on"}).content.decode()
    assert "Hide would be taken without people" in refused
    made_from = re.search(r'name="version" value="(\d*)" />\s*<section', refused)[1]
    answer = save(client, source, version=made_from, **{"alone-hide": "on", "understood": "on"})
    assert answer.status_code == 409
    assert "Policy 2, erin" in answer.content.decode()
    assert policy_of(source).version == 2


def test_an_old_version_is_not_brought_back_over_one_that_was_not_seen(sign_in, dana, source):
    client = sign_in(dana)
    policy_of(source)
    save(client, source, **{"default-review": "50"})
    save(client, source, **{"default-review": "60"})
    assert bring_back(client, source, 1, seen="2").status_code == 409
    assert bring_back(client, source, 1, seen="").status_code == 409
    assert policy_of(source).version == 3


def test_a_form_without_its_version_is_not_saved(sign_in, dana, source):
    policy_of(source)
    assert save(sign_in(dana), source, version="").status_code == 200
    assert policy_of(source).version == 1
