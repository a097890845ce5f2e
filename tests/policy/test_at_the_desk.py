"""The part of a policy about the desk: weights of the order, taken up by what waits, and what needs a second person."""

import pytest

from review.desk import claims
from review.judging import repricing
from review.judging.results import harm_of
from review.models import Case, Policy, Report, Reporter, Repricing
from review.registry.policy_versions import policy_of
from review.verdicts import priority
from tests.rows import make_case, make_message, make_source, make_verdict

pytestmark = pytest.mark.django_db
FIELDS = {
    **{"severity-violence": 1, "severity-hate_speech": 0.9, "severity-sexual_content": 0.85},
    **{"severity-harassment": 0.8, "severity-toxicity": 0.6, "reach": 0, "report": 0.75, "patience": 10},
}


def waiting(source, text, probability=0.6, **fields):
    """An open case in its place under the policy in force."""
    message = make_message(source, text, **fields.pop("of_message", {}))
    verdict = make_verdict(message, probability)
    case = make_case(source, message, verdict=verdict, margin=0.4, **fields)
    Case.objects.filter(pk=case.pk).update(priority=priority.priority(harm_of(verdict), case.opened_at))
    return case


def ask(client, source, **changed):
    fields = {**FIELDS, "version": policy_of(source).version, **changed}
    return client.post(f"/policy/{source.slug}/desk/", fields)


def harms(*cases):
    found = [Case.objects.get(pk=case.pk) for case in cases]
    return [round(case.priority - priority.priority(0, case.opened_at), 3) for case in found]


def test_standard_weights_change_nothing(dana, sign_in):
    source = make_source()
    case = waiting(source, "hm")
    before = harms(case)
    assert ask(sign_in(dana), source).status_code == 302
    assert repricing.step()
    assert harms(case) == before == [round(priority.harm(0.6, "toxicity"), 3)]
    assert not repricing.step()


def test_cases_that_wait_take_their_new_places(alice, dana, sign_in):
    source = make_source()
    likely = waiting(source, "likely", 0.7)
    wide = waiting(source, "seen by many", 0.5, of_message={"metadata": {"reach": 99_999}})
    blind = make_case(source, make_message(source, "blind"), blind=True, priority=-9e9)
    assert ask(sign_in(dana), source, reach=0.5, **{"severity-toxicity": 0.4}).status_code == 302
    policy = policy_of(source)
    assert (policy.order["reach"], policy.order["severity"]["toxicity"]) == (0.5, 0.4)
    while repricing.step():
        pass
    assert harms(likely, wide) == [0.28, 0.7]
    assert Case.objects.get(pk=blind.pk).priority == -9e9
    assert Repricing.objects.get().examined == 2
    assert claims.take_next(alice) == wide


def test_what_is_reported_weighs_what_the_policy_says_at_least(dana, sign_in):
    source = make_source()
    reported = waiting(source, "reported", 0.2, reason="report")
    illegal = waiting(source, "illegal", 0.2, reason="report")
    reporter = Reporter.objects.create(source=source, name="wren")
    Report.objects.create(message=illegal.messages.get(), reporter=reporter, illegal=True)
    ask(sign_in(dana), source, report=0.5)
    while repricing.step():
        pass
    assert harms(reported, illegal) == [0.5, 1.0]


def test_a_long_queue_is_taken_on_by_chunks(dana, sign_in, monkeypatch):
    monkeypatch.setattr(repricing, "CHUNK", 2)
    source = make_source()
    cases = [waiting(source, f"one of {number}", 0.5) for number in range(5)]
    ask(sign_in(dana), source, **{"severity-toxicity": 0.2})
    assert repricing.step()
    assert sorted(set(harms(*cases))) == [0.1, 0.3]
    while repricing.step():
        pass
    assert set(harms(*cases)) == {0.1}
    assert Repricing.objects.get().finished_at


def test_nothing_comes_before_somebody_in_danger():
    heaviest = priority.weights_of({"severity": {"violence": 1.4}, "reach": 1.0, "patience": 1000})
    assert heaviest.harm(1.0, "violence", 1e9) < heaviest.triggered(0.1, "violence", "self_harm")


@pytest.mark.parametrize("told", [None, "many", True, -4, {"n": 1}])
def test_a_reach_that_makes_no_sense_counts_for_nothing(told):
    assert priority.readers_of({"reach": told}) == 0


def test_what_is_heavy_is_kept_and_an_old_version_brings_its_own_back(dana, sign_in):
    source, client = make_source(), sign_in(dana)
    first = policy_of(source)
    ask(client, source, actions=["remove"], author_actions=["ban", "mute"], bulk=20)
    heavy = policy_of(source).heavy
    assert (heavy["actions"], heavy["bulk"]) == (["remove"], 20) and set(heavy["author_actions"]) == {"ban", "mute"}
    page = client.get("/policy/", {"source": source.slug}).content.decode()
    assert page.count("checked") >= 3 and "Banning an author" in page
    client.post(f"/policy/{source.slug}/bring-back/{first.version}/", {"version": policy_of(source).version})
    assert (policy_of(source).heavy, policy_of(source).order) == (first.heavy, first.order)


@pytest.mark.parametrize("wrong", [{"patience": 0}, {"severity-violence": 9}, {"bulk": -1}, {"actions": ["shout"]}])
def test_nonsense_is_refused_and_kept_on_the_page(dana, sign_in, wrong):
    source = make_source()
    policy_of(source)
    assert ask(sign_in(dana), source, **wrong).status_code == 200
    assert Policy.objects.filter(source=source).count() == 1


def test_who_changed_it_meanwhile_is_told(dana, sign_in):
    source, client = make_source(), sign_in(dana)
    seen = policy_of(source).version
    ask(client, source, patience=20)
    assert ask(client, source, version=seen).status_code == 409
