"""Purging: after it no byte of a text, nor of its author, stands in any table."""

import json
from datetime import timedelta

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection
from django.db.models import JSONField, fields
from django.utils import timezone

from review.desk.lost_claims import claim_lost
from review.enforcement import appeals, author_appeals
from review.enforcement.cases import NewCase, open_cases
from review.enforcement.reports import Erased, Said, take
from review.enforcement.webhooks.bodies import bodies
from review.erasure import authors, messages, retention
from review.intake.message_status import message_status
from review.intake.rows import Row
from review.intake.storing import store
from review.judging.explain import explain_batch
from review.models import (
    Appeal,
    AuditEntry,
    AuthorOutcome,
    Case,
    CaseVector,
    Decision,
    Delivery,
    Endpoint,
    Explanation,
    IntakeFile,
    IntakePart,
    Label,
    Message,
    Note,
    Outcome,
    Pending,
    PendingAuthor,
    Reason,
    Report,
    Reporter,
    Score,
    Source,
    Verdict,
)
from review.registry.scoring_setup import ScoringSetup
from tests.enforcement.test_statements import automatic
from tests.forms import save
from tests.rows import make_case, make_judge, make_message, make_pending, make_source, make_vector, make_verdict

pytestmark = pytest.mark.django_db
PAGE = "/sources/arcade/"
TEXT, AUTHOR = "zebra-crossing quagmire", "ocelot-4711"


def places_of(needle):
    """Every table and column that holds the needle, as text, JSON or bytes."""
    found = []
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name, column_name, data_type FROM information_schema.columns"
            " WHERE table_schema = 'public' ORDER BY 1, 2"
        )
        for table, column, kind in cursor.fetchall():
            if kind == "bytea":
                sought, cell = needle.encode(), f'"{column}"'
            else:
                sought, cell = needle, f'"{column}"::text'
            cursor.execute(f"SELECT count(*) FROM {table} WHERE position(%s IN {cell}) > 0", [sought])  # noqa: S608
            if cursor.fetchone()[0]:
                found.append(f"{table}.{column}")
    return found


def make_everywhere(person):
    """A message whose text stands wherever moddog or a person may put it."""
    source = make_source()
    message = make_message(
        source,
        TEXT,
        author=AUTHOR,
        context=[{"author": AUTHOR, "text": TEXT}],
        metadata={"name": AUTHOR, "quote": TEXT},
    )
    verdict = make_verdict(message, cohort_rate=0.5)
    raw = json.dumps({"reason": f"It says {TEXT}"})
    Explanation.objects.create(score=verdict.score, raw=raw, reason=f"It says {TEXT}", emitted_confidence=0.9)
    case = make_case(source, message, verdict=verdict, state=Case.State.DECIDED)
    decision = Decision.objects.create(
        case=case,
        by=person,
        category="spam",
        action="remove",
        note=f"{AUTHOR}: {TEXT}",
        note_to_author=f"You wrote {TEXT}",
        effective_at=timezone.now(),
    )
    outcome = Outcome.objects.create(
        message=message, seq=1, action="remove", by=person, why="decided spam", decision=decision
    )
    appeal, _ = appeals.take(outcome, f"I, {AUTHOR}, wrote {TEXT}", f"{AUTHOR} {TEXT}"[:200])
    Appeal.objects.filter(pk=appeal.pk).update(answer=f"{AUTHOR}, {TEXT} it stays")
    Label.objects.create(
        decision=decision, source=source, message=message, violation=True, category="spam", blind=True, cohort_rate=0.5
    )
    step = AuthorOutcome.objects.create(
        source=source, author=AUTHOR, seq=1, action="warn", strikes=1.0, policy=verdict.policy, why="1 strike"
    )
    author_appeals.take(step, f"I, {AUTHOR}, was warned for {TEXT}", f"{AUTHOR} {TEXT}"[:200])
    Note.objects.create(source=source, case=case, by=person, text=f"{AUTHOR}, look: {TEXT}")
    Note.objects.create(source=source, author=AUTHOR, by=person, text=f"writes {TEXT} each week")
    take(message, Said("wren", f"{AUTHOR} wrote {TEXT}", illegal=True, place=TEXT, contact=TEXT))
    other = make_message(source, "an answer", author="wren")
    Message.objects.filter(pk=other.pk).update(
        context=[{"author": AUTHOR, "text": TEXT}, {"author": "finch", "text": "well"}]
    )
    take(other, Said(AUTHOR, f"he answered {TEXT}"))
    file = IntakeFile.objects.create(source=source, by=person, name="old.csv", state=IntakeFile.State.READY)
    IntakePart.objects.create(file=file, kind="sent", number=0, data=f"id,text,author\n1,{TEXT},{AUTHOR}\n".encode())
    IntakePart.objects.create(file=file, kind="rejected", number=0, data=f'[2,"{TEXT}","x","y"]\n'.encode())
    return message, other, file


def test_it_finds_what_it_looks_for(alice):
    make_everywhere(alice)
    assert {
        "review_message.text",
        "review_message.author",
        "review_message.context",
        "review_message.metadata",
        "review_explanation.raw",
        "review_explanation.reason",
        "review_decision.note",
        "review_decision.note_to_author",
        "review_appeal.reason",
        "review_appeal.contact",
        "review_appeal.answer",
        "review_report.reason",
        "review_report.place",
        "review_report.contact",
        "review_reporter.name",
        "review_intakepart.data",
        "review_strike.author",
        "review_pendingauthor.author",
        "review_authoroutcome.author",
        "review_note.text",
        "review_note.author",
    } <= set(places_of(TEXT) + places_of(AUTHOR))


# Of rows about messages, what holds words that are none of people's: numbers, digests, what moddog itself says.
NONE_OF_PEOPLES = {
    "CaseMember": set(),
    "Message": {"external_id", "channel", "thread", "text_digest"},
    "Case": {"channel", "text_digest", "language"},
    "Outcome": {"why"},
    "AuthorOutcome": {"why"},
    "Verdict": {"categories"},
    "Pending": {"holder", "progress"},
    "Delivery": {"ids", "error"},
}
ERASED = {
    "Appeal": {"reason", "contact", "answer"},
    "Message": {"author", "text", "context", "metadata"},
    "Explanation": {"raw", "reason"},
    "Decision": {"note", "note_to_author"},
    "Proposal": {"note", "note_to_author"},
    "Report": {"reason", "place", "contact"},
    "Strike": {"author"},
    "Note": {"text", "author"},
    "PendingAuthor": {"author"},
    "AuthorOutcome": {"author"},
    "Suggestion": {"text_digest", "client_token", "community", "scores"},  # no text, and ids of the client's own making
}


def test_every_column_about_messages_is_accounted_for():
    """Whoever adds one that can hold words has it erased, in `review.erasure`, or says here why not."""
    free = (fields.CharField, fields.TextField, fields.BinaryField, JSONField)
    about, found = {Message}, {}
    while True:
        further = {
            model
            for model in apps.get_app_config("review").get_models()
            if any(
                field.related_model in about
                for field in model._meta.concrete_fields
                if field.many_to_one or field.one_to_one
            )
        }
        if further <= about:
            break
        about |= further
    for model in about:
        names = {each.name for each in model._meta.concrete_fields if isinstance(each, free) and not each.choices}
        left = names - ERASED.get(model.__name__, set()) - NONE_OF_PEOPLES.get(model.__name__, set())
        if left:
            found[model.__name__] = left
    assert found == {}


def test_no_byte_of_an_author_is_left(alice, capsys):
    message, other, file = make_everywhere(alice)
    call_command("purge", "--author", AUTHOR, "--source", "arcade")
    assert capsys.readouterr().out == "1 messages erased\n"
    assert places_of(TEXT) == places_of(AUTHOR) == []
    message.refresh_from_db()
    assert message_status(message)["state"] == "erased"
    other.refresh_from_db()
    assert (other.text, other.author) == ("an answer", "wren")
    assert other.context == [{"author": "finch", "text": "well"}]
    file.refresh_from_db()
    assert (file.state, bool(file.problem)) == (IntakeFile.State.BROKEN, True)


def test_the_numbers_stay(alice):
    message, *_ = make_everywhere(alice)
    digest = bytes(message.text_digest)
    call_command("purge", "--author", AUTHOR, "--source", "arcade")
    message.refresh_from_db()
    assert bytes(message.text_digest) == digest
    assert Score.objects.count() == Verdict.objects.count() == Outcome.objects.count() == 1
    assert Label.objects.get().cohort_rate == 0.5
    assert Explanation.objects.get().emitted_confidence == 0.9
    assert (Report.objects.count(), Reporter.objects.count()) == (2, 2)


def test_a_message_that_is_sent_again_is_still_a_duplicate():
    source = make_source()
    store(source, [Row("a/1", TEXT, AUTHOR)])
    call_command("purge", "--author", AUTHOR, "--source", "arcade")
    again = store(source, [Row("a/1", TEXT, AUTHOR)])
    assert (again.accepted, again.duplicates) == (0, 1)
    assert store(source, [Row("a/1", "something else", AUTHOR)]).conflicts == (0,)
    assert places_of(TEXT) == []


def test_it_is_on_the_audit_log_without_the_author(alice):
    make_everywhere(alice)
    call_command("purge", "--author", AUTHOR, "--source", "arcade")
    entry = AuditEntry.objects.get(verb="erased author")
    assert (entry.source.slug, entry.details) == ("arcade", {"messages": 1})


def test_other_sources_and_authors_stay():
    others = [make_message(make_source("elsewhere"), author=AUTHOR), make_message(make_source(), author="wren")]
    call_command("purge", "--author", AUTHOR, "--source", "arcade")
    for other in others:
        before = other.text
        other.refresh_from_db()
        assert other.text == before and other.author


def test_it_may_be_done_again(alice):
    make_everywhere(alice)
    for _ in range(2):
        call_command("purge", "--author", AUTHOR, "--source", "arcade")
    assert list(AuditEntry.objects.order_by("pk").values_list("details__messages", flat=True)) == [1, 0]


def test_many_messages_go_in_chunks(monkeypatch):
    monkeypatch.setattr(authors, "CHUNK", 3)
    source = make_source()
    for _ in range(8):
        make_message(source, author=AUTHOR)
    call_command("purge", "--author", AUTHOR, "--source", "arcade")
    assert not Message.objects.exclude(text="").exists()


def test_what_waits_to_be_judged_is_judged_no_more():
    make_pending(make_source(), TEXT, author=AUTHOR)
    call_command("purge", "--author", AUTHOR, "--source", "arcade")
    assert not Pending.objects.exists()


def test_a_case_with_nothing_left_to_read_is_closed_and_says_so(alice):
    case = make_case(make_source(), make_message(make_source(), TEXT, author=AUTHOR))
    call_command("purge", "--author", AUTHOR, "--source", "arcade")
    case.refresh_from_db()
    assert case.state == Case.State.CLOSED
    assert "was erased" in claim_lost(alice, case.pk).words


def test_a_case_that_holds_copies_of_others_waits_on(alice, sign_in):
    source = make_source()
    own, copy = make_message(source, TEXT, author=AUTHOR), make_message(source, TEXT, author="wren")
    open_cases([NewCase(each, Reason.BORDERLINE, 0.0, verdict=make_verdict(each)) for each in (own, copy)])
    call_command("purge", "--author", AUTHOR, "--source", "arcade")
    assert Case.objects.get().state == Case.State.OPEN
    assert TEXT in sign_in(alice).get(f"/cases/{Case.objects.get().pk}/").content.decode()


def test_an_appeal_whose_message_is_erased_ends_without_an_answer():
    appeal, _ = appeals.take(automatic(make_message(make_source(), TEXT)), "why")
    messages.erase([appeal.message_id])
    appeal.refresh_from_db()
    assert (appeal.state, appeal.reason, bool(appeal.resolved_at)) == ("erased", "", True)
    assert Case.objects.get(pk=appeal.case_id).state == Case.State.CLOSED
    erased = make_message(make_source(), TEXT)
    outcome = automatic(erased)
    messages.erase([erased.pk])
    with pytest.raises(appeals.NoAppeal, match="erased"):
        appeals.take(outcome, TEXT)


def test_the_platform_is_told_of_reports_and_appeals_that_end_without_an_answer():
    message = make_message(make_source(), TEXT, author=AUTHOR)
    kinds = ["report.resolved", "appeal.resolved"]
    Endpoint.objects.create(source=message.source, url="https://platform.example/", events=kinds)
    Endpoint.objects.create(source=message.source, url="https://other.example/", events=["outcome.created"])
    take(message, Said("wren", TEXT))
    appeals.take(automatic(message), TEXT)
    messages.erase([message.pk])
    messages.erase([message.pk])
    told = bodies(list(Delivery.objects.select_related("message").order_by("pk")))
    assert [body["event"] for body in told] == kinds
    assert told[0]["report"]["upheld"] is None and told[0]["report"]["reporter"] == "wren"
    assert told[1]["appeal"]["state"] == "erased"
    assert {body["message"]["id"] for body in told} == {message.external_id}
    assert not any(word in str(told) for word in (TEXT, AUTHOR))


def test_nothing_is_written_about_an_erased_message(shipped_scorer, monkeypatch):
    message = make_message(make_source(), TEXT, author=AUTHOR)
    make_case(message.source, message, verdict=make_verdict(message))
    setup = ScoringSetup(*make_judge())
    explain = shipped_scorer.explain

    def while_it_is_erased(*arguments):
        written = explain(*arguments)
        messages.erase([message.pk])
        return written

    monkeypatch.setattr(shipped_scorer, "explain", while_it_is_erased)
    assert explain_batch(shipped_scorer, setup) == 1
    assert not Explanation.objects.exists()
    Case.objects.update(state=Case.State.OPEN)
    assert explain_batch(shipped_scorer, setup) == 0


def test_an_erased_message_cannot_be_reported():
    message = make_message(make_source(), TEXT)
    messages.erase([message.pk])
    with pytest.raises(Erased):
        take(message, Said("wren", TEXT))
    assert places_of(TEXT) == []


def make_old(source, days, text=TEXT):
    message = make_message(source, text)
    Message.objects.filter(pk=message.pk).update(received_at=timezone.now() - timedelta(days=days))
    return message


def left():
    return list(Message.objects.exclude(text="").order_by("pk").values_list("text", flat=True))


def test_no_byte_is_left_by_age_either(alice):
    make_everywhere(alice)
    Message.objects.update(received_at=timezone.now() - timedelta(days=9))
    IntakeFile.objects.update(created_at=timezone.now() - timedelta(days=9))
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL moddog.purge = 'on'")
        AuthorOutcome.objects.update(created_at=timezone.now() - timedelta(days=9))
        Note.objects.update(created_at=timezone.now() - timedelta(days=9))
        cursor.execute("SET LOCAL moddog.purge = 'off'")
    PendingAuthor.objects.all().delete()
    Reporter.objects.exclude(name="wren").delete()  # who reports is no message's author
    Source.objects.update(retention_days=7)
    retention.carry_out()
    assert places_of(TEXT) == places_of(AUTHOR) == []


def test_by_age():
    make_old(make_source(), 31)
    make_old(make_source("elsewhere"), 31, "of another source")
    make_old(make_source(), 29, "younger")
    call_command("purge", "--older-than", "30", "--source", "arcade")
    assert left() == ["of another source", "younger"]
    call_command("purge", "--older-than", "30")
    assert left() == ["younger"]


def test_retention_by_source_goes_on_where_it_ended():
    source = make_source()
    make_old(make_source("elsewhere"), 400, "kept")
    old, young = make_old(source, 8), make_old(source, 6, "young")
    Source.objects.filter(pk=source.pk).update(retention_days=7)
    retention.carry_out()
    assert left() == ["kept", "young"]
    source.refresh_from_db()
    assert source.erased_up_to == old.pk
    assert AuditEntry.objects.get(verb="erased by retention").details == {"messages": 1, "days": 7}
    Message.objects.filter(pk=young.pk).update(received_at=timezone.now() - timedelta(days=8))
    retention.carry_out()
    assert left() == ["kept"]


def test_retention_stops_in_time_and_goes_on(monkeypatch):
    monkeypatch.setattr(messages, "WALK", 2)
    source = make_source()
    for number in range(5):
        make_old(source, 9, f"old {number}")
    Source.objects.update(retention_days=7)
    retention.carry_out(seconds=0.0)
    assert len(left()) == 3
    for _ in range(2):
        retention.carry_out(seconds=0.0)
    assert left() == []


@pytest.mark.django_db(transaction=True)
def test_append_only_tables_are_as_closed_as_before(alice):
    make_everywhere(alice)
    call_command("purge", "--author", AUTHOR, "--source", "arcade")
    with pytest.raises(IntegrityError, match="append-only"):
        Explanation.objects.update(reason="changed")


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["--author", "x"], "needs --source"),
        (["--author", "", "--source", "arcade"], "a name"),
        (["--older-than", "1", "--source", "nowhere"], "no source"),
        ([], "required"),
        (["--older-than", "0"], "at least 1"),
    ],
)
def test_what_cannot_be_purged_is_said(arguments, why):
    make_source()
    with pytest.raises(CommandError, match=why):
        call_command("purge", *arguments)


def test_a_sources_admin_sets_the_retention(make_person, sign_in):
    source = make_source()
    browser = sign_in(make_person("erin", "admin", source))
    address = f"{PAGE}retention/"
    assert "does not come back" in browser.get("/sources/arcade/").content.decode()
    refused = save(browser, PAGE, address, {"retention_days": "30"}).content.decode()
    assert "for good" in refused
    source.refresh_from_db()
    assert source.retention_days is None
    assert save(browser, PAGE, address, {"retention_days": "30", "understood": "on"}).status_code == 302
    assert save(browser, PAGE, address, {"retention_days": "60"}).status_code == 302  # longer needs no second thought
    source.refresh_from_db()
    assert source.retention_days == 60
    assert save(browser, PAGE, address, {"retention_days": "0", "understood": "on"}).status_code == 200
    assert AuditEntry.objects.filter(verb="changed retention").count() == 2


def test_nobody_else_sets_it(make_person, sign_in):
    make_source()
    browser = sign_in(make_person("erin", "senior", make_source()))
    assert browser.post("/sources/arcade/retention/", {"retention_days": "1", "understood": "on"}).status_code == 404


def test_the_vector_goes_with_the_text_also_where_a_copy_waits_on():
    source = make_source()
    message, copy = make_message(source, TEXT), make_message(source, TEXT, author="wren")
    case, other = make_case(source, message), make_case(source)
    case.members.create(message=copy)
    for each in (case, other):
        make_vector(each, 1.0)
    messages.erase([message.pk])
    assert list(CaseVector.objects.values_list("case", flat=True)) == [other.pk]
    assert Case.objects.get(pk=case.pk).state == Case.State.OPEN
