"""Risk targets on the page: set by admins of the source only, refused where they cannot be kept, ended."""

import pytest
from django.urls import reverse

from review.models import Alarm, AuditEntry, CertificationAttempt, RiskTarget
from review.policy import tasks
from review.policy.certification import attempt_certification, put_in_force
from review.registry.ladder import parse
from review.registry.policy_versions import policy_of
from tests.policy.cohorts import judged
from tests.rows import make_source

pytestmark = pytest.mark.django_db
FORM = {
    "target-kind": "wrong_removals",
    "target-risk": "2",
    "target-confidence": "95",
    "target-action": "hide",
    "target-category": "",
    "target-weeks": "8",
    "target-steps_back": "on",
}


def add(client, source, **changes):
    fields = {f"target-{name}": value for name, value in changes.items()}
    return client.post(reverse("policy-target-add", args=[source.slug]), FORM | fields, follow=True)


def post(client, name, source, pk):
    seen = {"version": policy_of(source).version}
    return client.post(reverse(f"policy-{name}", args=[source.slug, pk]), seen, follow=True)


@pytest.fixture
def certified(source, setup, target):
    judged(source, setup, [(1.0 + number / 40, True) for number in range(100)])
    put_in_force(attempt_certification(target, setup), None)
    return target


def test_an_admin_sets_a_risk_target_and_an_attempt_is_asked_for(sign_in, dana, source, setup):
    html = add(sign_in(dana), source).content.decode()
    target = RiskTarget.objects.get()
    assert (target.risk, target.delta, target.created_by, target.asked_by) == (0.02, 0.05, dana, dana)
    assert "At most 2 % benign among what is hidden" in html
    assert "A certification attempt is under way" in html
    assert AuditEntry.objects.filter(verb="set risk target", source=source).exists()


def test_the_page_says_what_is_missing_and_by_when(sign_in, dana, source, setup):
    judged(source, setup, [(3.0, True)] * 40)
    client = sign_in(dana)
    add(client, source)
    tasks.attempt_certifications()
    html = client.get("/policy/").content.decode()
    assert "labels without an error certify 2 %" in html
    assert "Not certified yet" in html
    assert "labels a week" in html
    assert "by\n" in html or "by <time" in html
    assert "0.05 broken promises would have to be expected" in html


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"kind": "misses_per_allowed"}, "choose it as the rung"),
        ({"action": "remove"}, "has no threshold for remove"),
        ({"category": "violence"}, "has no threshold for hide"),
        ({"risk": "0"}, "greater than or equal to 0.01"),
        ({"risk": "much"}, "Enter a number"),
        ({"weeks": "0"}, "greater than or equal to 1"),
    ],
)
@pytest.mark.usefixtures("setup")
def test_a_risk_target_that_makes_no_sense_is_refused_in_words(sign_in, dana, source, changes, words):
    assert words in add(sign_in(dana), source, **changes).content.decode()
    assert not RiskTarget.objects.exists()


def test_a_rung_has_one_risk_target(sign_in, dana, source, setup, target):
    assert "has a risk target already" in add(sign_in(dana), source).content.decode()
    assert RiskTarget.objects.count() == 1


def test_a_risk_target_below_the_reviewers_own_disagreement_is_refused(sign_in, dana, source, setup):
    texts = [f"twice {number}" for number in range(60)]
    judged(source, setup, [(3.0, True)] * 60, texts=texts)
    judged(source, setup, [(3.0, False)] * 60, texts=texts)
    html = add(sign_in(dana), source).content.decode()
    assert "Reviewers contradict each other" in html
    assert not RiskTarget.objects.exists()


def test_without_a_model_there_is_nothing_to_certify(sign_in, dana, source):
    assert "No model has judged here yet" in add(sign_in(dana), source).content.decode()
    assert not RiskTarget.objects.exists()


def test_a_certificate_is_told_with_its_bound_and_its_model(sign_in, dana, source, setup, certified):
    html = " ".join(sign_in(dana).get("/policy/").content.decode().split())
    assert "0 errors in" in html
    assert "the true share is at most" in html
    assert "under rubric 1" in html
    assert "certified" in html


def test_one_click_puts_a_margin_in_force_and_another_withdraws_it(sign_in, dana, source, setup, target):
    judged(source, setup, [(1.0 + number / 40, True) for number in range(100)])
    found = attempt_certification(target, setup)
    client = sign_in(dana)
    assert "in force</button>" in client.get("/policy/").content.decode()
    post(client, "attempt-apply", source, found.pk)
    assert policy_of(source).created_by == dana
    assert parse(policy_of(source).ladders).default.of("hide").certified.attempt == found.pk
    post(client, "target-withdraw", source, target.pk)
    assert parse(policy_of(source).ladders).default.of("hide").certified is None


def test_only_the_newest_attempt_can_be_put_in_force(sign_in, dana, source, setup, target):
    judged(source, setup, [(1.0 + number / 40, True) for number in range(100)])
    old = attempt_certification(target, setup)
    attempt_certification(target, setup)
    assert "There is a newer attempt" in post(sign_in(dana), "attempt-apply", source, old.pk).content.decode()
    assert policy_of(source).version == 1


def test_ending_a_risk_target_withdraws_what_it_certified(sign_in, dana, source, certified):
    post(sign_in(dana), "target-end", source, certified.pk)
    certified.refresh_from_db()
    assert certified.ended_by == dana
    assert parse(policy_of(source).ladders).default.of("hide").certified is None


def test_saving_thresholds_keeps_a_certificate(sign_in, dana, source, certified):
    fields = {"default-review": "30", "default-hide": "80", "audit_rate": "5"}
    client = sign_in(dana)
    client.post(reverse("policy-save", args=[source.slug]), fields | {"version": policy_of(source).version})
    assert parse(policy_of(source).ladders).default.of("hide").certified
    fields |= {"violence-review": "5", "version": policy_of(source).version}
    client.post(reverse("policy-save", args=[source.slug]), fields)
    assert parse(policy_of(source).ladders).default.of("hide").certified is None


def test_a_version_comes_back_without_what_no_longer_holds(sign_in, dana, source, setup, certified):
    client = sign_in(dana)
    post(client, "target-end", source, certified.pk)
    post(client, "bring-back", source, 2)
    policy = policy_of(source)
    assert policy.version == 4
    assert parse(policy.ladders).default.of("hide").certified is None
    assert parse(policy.ladders).default.of("hide").supervised


def test_a_wanted_rate_is_used(sign_in, dana, source, setup):
    target = RiskTarget.objects.create(source=source, kind=RiskTarget.Kind.MISSES, action="allow", risk=0.1, weeks=1)
    judged(source, setup, [(-3.0, None)] * 200, drawn=False)
    client = sign_in(dana)
    assert "would have to be judged blind" in client.get("/policy/").content.decode()
    post(client, "target-rate", source, target.pk)
    rung = parse(policy_of(source).ladders).default.of("allow")
    assert 0.005 < rung.rate < 0.2


def test_an_alarm_is_shown_and_answered(sign_in, dana, source, setup, certified):
    figures = {"outcomes": 50, "judged": 40, "wrong": 12, "value": 900, "level": 800}
    alarm = Alarm.objects.create(
        target=certified, attempt=CertificationAttempt.objects.get(), stepped_back=False, **figures
    )
    client = sign_in(dana)
    for page in ("/policy/", "/operations/"):
        html = client.get(page).content.decode()
        assert "At most 10 % benign among what is hidden is not kept" in html
        assert "1 alarm</span>" in html
    late = post(client, "attempt-apply", source, CertificationAttempt.objects.get().pk).content.decode()
    assert "An alarm was raised since that attempt" in late
    post(client, "alarm-answer", source, alarm.pk)
    alarm.refresh_from_db()
    assert alarm.answered_by == dana
    assert "1 alarm</span>" not in client.get("/policy/").content.decode()


def test_switches_are_kept_and_on_record(sign_in, dana, source, target):
    client = sign_in(dana)
    client.post(reverse("policy-target-change", args=[source.slug, target.pk]), {"applies_itself": "on"})
    target.refresh_from_db()
    assert (target.applies_itself, target.steps_back) == (True, False)
    assert AuditEntry.objects.get().details == {"applies_itself": True, "steps_back": False}


@pytest.mark.parametrize("name", ["target-change", "target-attempt", "target-rate", "target-withdraw", "target-end"])
def test_other_sources_targets_are_not_there(sign_in, make_person, source, target, name):
    forum = make_source("forum")
    client = sign_in(make_person("erin", "admin", forum))
    assert client.post(reverse(f"policy-{name}", args=["arcade", target.pk])).status_code == 404
    assert client.post(reverse(f"policy-{name}", args=["forum", target.pk])).status_code == 404
    senior = sign_in(make_person("sam", "senior"))
    assert senior.post(reverse(f"policy-{name}", args=["arcade", target.pk])).status_code == 404


def test_changes_are_posted(sign_in, dana, source, target):
    assert sign_in(dana).get(reverse("policy-target-end", args=[source.slug, target.pk])).status_code == 405


def test_anonymous_people_sign_in_first(client, source, target):
    answer = client.post(reverse("policy-target-end", args=[source.slug, target.pk]))
    assert answer["Location"].startswith("/accounts/login/")
