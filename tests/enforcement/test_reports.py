"""Reports: they bring messages to people, once each, and do nothing else."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from time import sleep

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from review.desk import claims, decisions, undoing
from review.enforcement import outcomes, reporters, reports
from review.enforcement.cases import NewCase, open_cases
from review.enforcement.reports import Said
from review.enforcement.webhooks.bodies import bodies
from review.models import (
    AuditEntry,
    Case,
    Decision,
    Delivery,
    Endpoint,
    Event,
    Label,
    Outcome,
    Reason,
    Report,
    Reporter,
)
from review.registry.rerouting import waiting
from review.verdicts import priority
from tests.rows import make_case, make_message, make_rule, make_source, make_verdict

pytestmark = pytest.mark.django_db


def report(message, reporter="wren", **said):
    return reports.take(message, Said(reporter, **said))


def decide(person, case, category, *, effective=True):
    held = claims.open_case(person, case.pk)
    decision = decisions.decide(person, case.pk, held.claim_token, category)
    if effective:
        Decision.objects.filter(pk=decision.pk).update(effective_at=timezone.now() - timedelta(seconds=1))
    return decision


def test_a_report_opens_a_case_that_is_not_blind():
    message = make_message(make_source(), draw=0.0)  # would be drawn, were a report a draw
    assert report(message)
    case = Case.objects.get()
    assert (case.reason, case.blind, case.state) == (Reason.REPORT, False, Case.State.OPEN)
    assert list(case.messages.all()) == [message]
    assert reports.state_of(message) == reports.IN_REVIEW


def test_reports_never_act():
    message = make_message(make_source())
    for number in range(40):
        report(message, f"reporter {number}", illegal=True)
    assert not Outcome.objects.exists()
    assert Case.objects.count() == 1
    assert Case.objects.get().priority == pytest.approx(
        priority.priority(priority.ILLEGAL_HARM, timezone.now()), abs=0.01
    )


def test_the_second_report_of_a_reporter_changes_nothing():
    message = make_message(make_source())
    assert report(message, reason="insults")
    assert not report(message, reason="and more", illegal=True)
    assert Report.objects.get().reason == "insults"
    with pytest.raises(IntegrityError), transaction.atomic():
        Report.objects.create(message=message, reporter=Reporter.objects.get())


def test_a_report_raises_the_case_that_waits_and_keeps_it_from_rerouting():
    message = make_message(make_source())
    verdict = make_verdict(message, 0.4)
    open_cases([NewCase(message, Reason.BORDERLINE, priority.priority(0.1, timezone.now()), verdict=verdict)])
    before = Case.objects.get()
    report(message)
    after = Case.objects.get()
    assert (after.pk, after.reason) == (before.pk, Reason.REPORT)
    assert after.priority > before.priority
    assert not waiting().exists()


def test_it_never_lowers_a_case():
    message = make_message(make_source())
    make_case(message.source, message, priority=10.0)
    report(message)
    assert Case.objects.get().priority == 10.0


def test_a_blind_case_stays_as_it_was():
    message = make_message(make_source())
    blind = make_case(message.source, message, reason=Reason.AUDIT, blind=True, priority=-3.0)
    report(message, illegal=True)
    assert Case.objects.get() == blind
    assert (Case.objects.get().reason, Case.objects.get().priority) == (Reason.AUDIT, -3.0)
    assert reports.state_of(message) == reports.IN_REVIEW


def test_a_copy_that_comes_later_joins_the_reported_case():
    source = make_source()
    message, copy = make_message(source, "same words"), make_message(source, "same words")
    report(message)
    for each in (copy, message):  # the reported one itself was not judged yet
        open_cases([NewCase(each, Reason.BORDERLINE, 0.0, verdict=make_verdict(each))])
    assert set(Case.objects.get().messages.all()) == {message, copy}


def test_a_decision_resolves_all_reports_once_it_is_in_effect(alice):
    message = make_message(make_source())
    for name in ("wren", "finch"):
        report(message, name)
    decision = decide(alice, Case.objects.get(), "harassment", effective=False)
    assert reports.resolve_due() == 0
    assert reports.state_of(message) == reports.IN_REVIEW
    Decision.objects.filter(pk=decision.pk).update(effective_at=timezone.now())
    assert reports.resolve_due() == 2
    assert reports.resolve_due() == 0
    assert set(Report.objects.values_list("upheld", "decision")) == {(True, decision.pk)}
    assert reports.state_of(message) == reports.DECIDED


def test_its_label_is_no_cohort(alice):
    message = make_message(make_source())
    make_verdict(message, cohort_rate=0.5)
    report(message)
    decide(alice, Case.objects.get(), "benign")
    assert Label.objects.values_list("blind", "cohort_rate").get() == (False, None)


def test_what_people_decided_is_not_asked_again(alice):
    message = make_message(make_source())
    case = make_case(message.source, message)
    decide(alice, case, "benign")
    report(message)
    assert Case.objects.count() == 1
    assert reports.state_of(message) == reports.DECIDED
    assert reports.resolve_due() == 1
    assert Report.objects.get().upheld is False


def test_an_undone_case_that_joins_a_reported_copy_counts_as_reported(alice):
    source = make_source()
    message, copy = make_message(source, "same words"), make_message(source, "same words")
    open_cases([NewCase(message, Reason.BORDERLINE, 0.0, verdict=make_verdict(message))])
    case = Case.objects.get()
    decision = decide(alice, case, "benign", effective=False)
    report(copy)
    assert undoing.undo(alice, decision.pk)
    case.refresh_from_db()
    assert (case.state, case.reason) == (Case.State.OPEN, Reason.REPORT)
    assert set(case.messages.all()) == {message, copy}


def test_a_muted_reporter_moves_nothing(dana):
    message = make_message(make_source())
    reporter = Reporter.objects.create(source=message.source, name="wren")
    assert reporters.mute(reporter, dana, muted=True)
    assert report(message)
    assert not Case.objects.exists()
    assert reports.state_of(message) == reports.MUTED
    assert reporters.records_of([reporter.pk])[reporter.pk].reports == 1
    report(message, "finch")
    assert Case.objects.exists()


def test_precision_comes_with_its_interval(alice):
    source = make_source()
    for number in range(10):
        message = make_message(source)
        report(message)
        decide(alice, Case.objects.get(members__message=message), "spam" if number < 7 else "benign")
    report(make_message(source))
    reports.resolve_due()
    record = reporters.records_of(Reporter.objects.values_list("pk", flat=True))[Reporter.objects.get().pk]
    assert (record.reports, record.resolved, record.upheld) == (11, 10, 7)
    assert record.precision == 0.7
    assert record.interval == pytest.approx((0.3968, 0.8922), abs=1e-3)  # Wilson, 7 of 10


def test_the_desk_shows_who_reported_what(alice, sign_in):
    message = make_message(make_source())
    report(message, "wren<b>", reason="calls me <i>names</i>", illegal=True, place="Austria")
    claims.take_next(alice)
    page = sign_in(alice).get("/").content.decode()
    assert "Reported once" in page and "wren&lt;b&gt;" in page and "calls me &lt;i&gt;names&lt;/i&gt;" in page
    assert "says it is illegal" in page and "Austria" in page
    assert "nothing was done because of it" in page


def test_the_desk_names_the_rule_that_a_report_names(alice, sign_in):
    message = make_message(make_source())
    rule = make_rule(message.source, "No <b>personal</b> attacks")
    report(message, rule=rule.rule)
    claims.take_next(alice)
    page = sign_in(alice).get("/").content.decode()
    assert "names rule" in page and "1. <bdi>No &lt;b&gt;personal&lt;/b&gt; attacks</bdi>" in page


def test_a_blind_case_shows_nothing_of_it(alice, sign_in):
    message = make_message(make_source())
    make_case(message.source, message, reason=Reason.AUDIT, blind=True)
    report(message, "wren", reason="calls me names")
    claims.take_next(alice)
    for address in ("/", f"/cases/{Case.objects.get().pk}/"):
        page = sign_in(alice).get(address).content.decode()
        assert message.text in page
        assert "calls me names" not in page and "wren" not in page


def test_the_page_of_reporters_mutes(make_person, sign_in):
    source = make_source()
    report(make_message(source), "wren")
    reporter = Reporter.objects.get()
    erin = make_person("erin", "senior", source)
    browser = sign_in(erin)
    assert "none of their reports is decided yet" in browser.get("/authors/reporters/").content.decode()
    assert browser.post(f"/authors/reporters/{reporter.pk}/mute/", {"muted": "on"}).status_code == 302
    reporter.refresh_from_db()
    assert reporter.muted_by == erin
    assert AuditEntry.objects.filter(verb="muted reporter", actor=erin, details={}).exists()
    assert "Hear again" in browser.get("/authors/reporters/").content.decode()
    browser.post(f"/authors/reporters/{reporter.pk}/mute/", {"muted": "off"})
    reporter.refresh_from_db()
    assert reporter.muted_at is None


def test_other_sources_reporters_are_absent(make_person, sign_in, alice):
    report(make_message(make_source("elsewhere")), "wren")
    reporter = Reporter.objects.get()
    browser = sign_in(make_person("erin", "senior", make_source()))
    assert browser.post(f"/authors/reporters/{reporter.pk}/mute/", {"muted": "on"}).status_code == 404
    assert browser.get("/authors/reporters/?source=elsewhere").status_code == 404
    assert sign_in(alice).get("/authors/reporters/").status_code == 403


def test_the_page_goes_by_key(make_person, sign_in):
    source = make_source()
    Reporter.objects.bulk_create(Reporter(source=source, name=f"reporter {number:03}") for number in range(60))
    browser = sign_in(make_person("erin", "senior", source))
    first = browser.get("/authors/reporters/")
    assert "reporter 059" in first.content.decode() and "reporter 009" not in first.content.decode()
    second = browser.get(f"/authors/reporters/?cursor={first.context['next_cursor']}").content.decode()
    assert "reporter 009" in second and "reporter 059" not in second


def test_its_answer_goes_out(alice):
    message = make_message(make_source())
    Endpoint.objects.create(source=message.source, url="https://example.org/hook", events=[Event.REPORT_RESOLVED])
    report(message)
    decide(alice, Case.objects.get(), "harassment")
    reports.resolve_due()
    delivery = Delivery.objects.get()
    (body,) = bodies([delivery])
    assert (body["event"], body["message"]["id"]) == ("report.resolved", message.external_id)
    assert body["report"]["reporter"] == "wren"
    assert body["report"]["upheld"] is True
    assert "wren" not in str(delivery.ids)


@pytest.mark.django_db(transaction=True)
def test_a_report_while_the_case_is_being_decided_opens_no_second_one(alice, monkeypatch):
    message = make_message(make_source())
    report(message)
    case = Case.objects.get()
    held = claims.open_case(alice, case.pk)
    write, deciding = outcomes.append_decided, threading.Event()

    def slowly(decision, **more):
        deciding.set()
        sleep(0.5)
        return write(decision, **more)

    monkeypatch.setattr(outcomes, "append_decided", slowly)

    def decide_it():
        try:
            return decisions.decide(alice, case.pk, held.claim_token, "spam")
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        decided = pool.submit(decide_it)
        assert deciding.wait(10)
        assert report(message, "finch", illegal=True)
        assert decided.result() is not None
    assert Case.objects.count() == 1
    assert Report.objects.count() == 2
