"""The demo is loaded by the real path: real verdicts, past decisions with a cohort among them, a queue to work on."""

import pytest
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone

from review.demo import load
from review.demo.people import PEOPLE, make_people
from review.models import Case, Decision, Label, Message, Outcome, Pending, RiskTarget, Simulator, User, Verdict
from review.registry.policy_versions import policy_of
from tests.rows import make_case, make_message, make_source, make_verdict

pytestmark = pytest.mark.django_db


def test_it_loads_once_with_a_past_and_a_present(monkeypatch, shipped_scorer):
    monkeypatch.setattr("inference.scoring.scorer.load_scorer", lambda *args, **kwargs: shipped_scorer)
    lines = list(load.read_lines(load.COMMUNITY))
    late = max(line.offset for line in lines) - load.LAST_HOURS
    lines = [line for number, line in enumerate(lines) if number % 6 == 0 or line.offset > late]
    began = timezone.now()
    load.load_community("correct horse battery", lines=lines)
    assert load.is_loaded()
    messages = Message.objects.count()
    assert messages == len(lines)
    assert not Pending.objects.exists()
    assert Verdict.objects.count() == messages
    assert Decision.objects.count() >= 40
    assert not Decision.objects.filter(effective_at__gt=Now()).exists()
    assert Label.objects.filter(cohort_rate__isnull=False, blind=True).count() >= 25
    assert Outcome.objects.filter(decision__isnull=False).count() >= 40
    assert Case.objects.filter(state="open", blind=False).exists()
    assert not Case.objects.filter(state="open", blind=True, opened_at__lt=began - load.BLIND_LEFT).exists()
    assert policy_of(Simulator.objects.get().source).version == 2
    target = RiskTarget.objects.get()
    assert target.attempts.get().margin is None
    assert target.attempts.get().missing > 0
    assert set(User.objects.values_list("username", flat=True)) >= set(PEOPLE)
    load.load_community("correct horse battery")
    assert Message.objects.count() == messages


def test_it_rules_on_those_cases_that_it_is_to_and_leaves_the_others():
    source, people = make_source(), make_people("correct horse battery")
    messages = {name: make_message(source, f"{name} words") for name in ("blind", "plain")}
    cases = {
        name: make_case(source, message, verdict=make_verdict(message, 0.58), blind=name == "blind")
        for name, message in messages.items()
    }
    fair = {message.external_id: "toxicity" for message in messages.values()}
    assert load._decide(source, people, fair, Q(blind=True)) == 1
    assert Decision.objects.get().case == cases["blind"]
    assert list(Case.objects.filter(state="open")) == [cases["plain"]]
