"""/transparency/: what was done, and how often what was done automatically was wrong."""

import csv
import io
from datetime import date, timedelta

import numpy as np
import pytest
from django.utils import timezone

from review.enforcement import appeals
from review.enforcement.outcome_counts import count_next
from review.enforcement.publisher import publish
from review.enforcement.reports import Said, take
from review.insight.transparency import FOUND, Period, _rate, as_rows, error_rates, transparency
from review.models import (
    Appeal,
    AuthorOutcome,
    Case,
    CountedOutcomes,
    Decision,
    Label,
    Outcome,
    OutcomeCount,
    Reason,
    Report,
    Rule,
    RuleVersion,
    Trigger,
    TriggerSet,
)
from review.registry.policy_versions import policy_of
from tests.rows import make_case, make_message, make_source, make_verdict

pytestmark = pytest.mark.django_db
TODAY = Period(timezone.now().date() - timedelta(days=1), timezone.now().date() + timedelta(days=1))


@pytest.fixture
def source():
    return make_source()


def counted():
    """Publish what is in effect, and count it."""
    publish()
    while count_next():
        pass


def automatic(source, action, probability=0.95, **fields):
    message = make_message(source)
    verdict = make_verdict(message, probability, route=action, **fields)
    Outcome.objects.create(
        message=message, seq=1, action=action, why="policy 1", verdict=verdict, effective_at=timezone.now()
    )
    return message


def judged(message, person, *, violation, rate, blind=True, declared=False):
    """A cohort label of `person` on a message that was acted on by itself."""
    case = make_case(message.source, message, reason=Reason.AUDIT, blind=blind, state=Case.State.DECIDED)
    category = "toxicity" if violation else "benign"
    decision = Decision.objects.create(
        case=case, by=person, category=category, action="allow", effective_at=timezone.now()
    )
    Label.objects.create(
        decision=decision,
        source=message.source,
        message=message,
        violation=violation,
        category=category,
        blind=blind,
        cohort_rate=rate,
        declared=declared,
    )
    return decision


def test_outcomes_are_counted_once_by_kind(source, alice):
    for _ in range(3):
        automatic(source, "hide")
    automatic(source, "allow", 0.05)
    message = make_message(source)
    case = make_case(source, message, reason=Reason.REPORT, state=Case.State.DECIDED)
    decision = Decision.objects.create(
        case=case, by=alice, category="spam", action="remove", effective_at=timezone.now()
    )
    rule = RuleVersion.objects.create(
        rule=Rule.objects.create(source=source, position=1),
        version=1,
        wording={"en": {"name": "No advertising", "text": "Do not sell things."}},
        category="spam",
        action="remove",
    )
    Outcome.objects.create(
        message=message,
        seq=1,
        action="remove",
        by=alice,
        why="",
        decision=decision,
        rule=rule,
        effective_at=timezone.now(),
    )
    counted()
    counted()
    found = transparency(source, TODAY)
    assert (found.restricted, found.automated, found.allowed, found.restored) == (4, 3, 1, 0)
    kinds = {
        (row["action"], row["category"], row["automated"], row["found"], row["rule_name"]): row["count"]
        for row in found.restrictions
    }
    assert kinds == {
        ("hide", "toxicity", True, "model", ""): 3,
        ("remove", "spam", False, "report", "No advertising"): 1,
    }


def test_what_was_done_to_authors_is_counted_by_action(source, alice):
    """By strikes, by a person on a case, and taken back; and a milder step in place of a harsher one."""
    values = {"source": source, "policy": policy_of(source), "strikes": 3, "why": "strikes"}
    case = make_case(source, state=Case.State.DECIDED)
    decision = Decision.objects.create(
        case=case, by=alice, category="spam", action="remove", effective_at=timezone.now()
    )
    for author in ("kestrel", "wren"):
        AuthorOutcome.objects.create(author=author, seq=1, action="warn", **values)
    ban = AuthorOutcome.objects.create(author="kestrel", seq=2, action="ban", by=alice, decision=decision, **values)
    AuthorOutcome.objects.create(author="kestrel", seq=3, action="none", by=alice, reverses=ban, **values)
    AuthorOutcome.objects.create(
        author="wren", seq=2, action="mute", created_at=timezone.now() - timedelta(9), **values
    )
    found = transparency(source, TODAY)
    assert {
        (row["action"], row["found"], row["automated"], row["is_reversal"]): row["count"] for row in found.authors
    } == {
        ("warn", "strikes", True, False): 2,
        ("ban", "decision", False, False): 1,
        ("none", "person", False, True): 1,
    }
    assert found.restricted == 0, "what is done to authors is no restriction of messages"
    assert [row[:8] for row in as_rows(found) if row[0] == "authors"] == [
        ("authors", "first", "", "", "warn", "yes", "strikes", 2),
        ("authors", "first", "", "", "ban", "no", "decision", 1),
        ("authors", "reverses", "", "", "none", "no", "person", 1),
    ]


def kinds_of(source):
    counted()
    rows = transparency(source, TODAY).restrictions
    return sorted((row["category"], row["automated"], row["found"]) for row in rows)


def test_the_category_is_that_of_the_statement(source, alice):
    """The trigger's, whatever the model said, and else the likeliest violation, also where benign was likelier."""
    version = TriggerSet.objects.create(source=source, version=1, created_by=alice)
    trigger = Trigger.objects.create(
        source=source, kind="phrase", text="cheap pills", category="spam", effect="remove", added_in=version
    )
    automatic(source, "remove", 0.1, trigger=trigger)
    automatic(source, "hide", 0.1)
    automatic(source, "allow", 0.1)
    assert kinds_of(source) == [("spam", True, "trigger"), ("toxicity", True, "model")]
    assert set(OutcomeCount.objects.filter(action="allow").values_list("category", flat=True)) == {"benign"}


def test_a_copy_that_followed_was_acted_on_by_itself(source, alice):
    case = make_case(source, make_message(source), reason=Reason.REPORT, state=Case.State.DECIDED)
    now = timezone.now()
    decision = Decision.objects.create(case=case, by=alice, category="spam", action="hide", effective_at=now)
    copy = make_message(source)
    verdict = make_verdict(copy)
    Outcome.objects.create(
        message=copy, seq=1, action="hide", why="follows", decision=decision, verdict=verdict, effective_at=now
    )
    assert kinds_of(source) == [("spam", True, "copy")]


def test_whatever_found_a_message_is_said_in_words():
    assert set(Reason.values) <= set(FOUND)


def test_what_is_not_in_effect_is_not_counted(source):
    message = make_message(source)
    Outcome.objects.create(
        message=message, seq=1, action="hide", why="", effective_at=timezone.now() + timedelta(seconds=20)
    )
    publish()
    assert not count_next()
    assert not OutcomeCount.objects.exists()


def test_counting_goes_on_where_it_ended(source, monkeypatch):
    monkeypatch.setattr("review.enforcement.outcome_counts.CHUNK", 2)
    for _ in range(5):
        automatic(source, "hide")
    counted()
    assert OutcomeCount.objects.get().count == 5
    assert CountedOutcomes.objects.get().seq == 5
    automatic(source, "hide")
    counted()
    assert OutcomeCount.objects.get().count == 6


def test_a_reversal_counts_as_restored(source):
    message = automatic(source, "hide")
    Outcome.objects.create(message=message, seq=2, action="allow", why="reversed", effective_at=timezone.now())
    counted()
    found = transparency(source, TODAY)
    assert (found.restricted, found.restored) == (1, 1)


def test_other_sources_and_days_are_apart(source):
    automatic(source, "hide")
    automatic(make_source("elsewhere"), "hide")
    counted()
    assert transparency(source, TODAY).restricted == 1
    assert transparency(source, Period(date(2020, 1, 1), date(2020, 1, 31))).restricted == 0


def test_the_error_rate_weighs_each_text_by_one_over_its_rate(source, alice):
    for violation, rate in ((True, 0.5), (True, 0.5), (False, 0.1), (True, 1.0)):
        judged(automatic(source, "hide", cohort_rate=rate), alice, violation=violation, rate=rate)
    (rate,) = error_rates(source, TODAY)
    assert (rate.action, rate.n) == ("hide", 4)
    assert rate.share == pytest.approx(10 / 15)  # 1/0.1 of 2 + 2 + 10 + 1
    assert 0 < rate.low < rate.share < rate.high < 1


def test_what_was_allowed_is_wrong_where_people_find_a_violation(source, alice):
    for violation in (True, False, False, False):
        judged(automatic(source, "allow", 0.05, cohort_rate=0.2), alice, violation=violation, rate=0.2)
    (rate,) = error_rates(source, TODAY)
    assert (rate.action, rate.share) == ("allow", pytest.approx(0.25))
    assert "violations among" in rate.what


def test_only_blind_labels_of_what_was_automatic_tell_anything(source, alice):
    judged(automatic(source, "hide"), alice, violation=False, rate=None)
    judged(automatic(source, "hide"), alice, violation=False, rate=0.5, blind=False)
    judged(automatic(source, "hide"), alice, violation=False, rate=0.5, declared=True)
    judged(automatic(source, "hide", why="supervised"), alice, violation=False, rate=0.5)
    judged(make_message(source), alice, violation=False, rate=0.5)
    undone = judged(automatic(source, "hide"), alice, violation=False, rate=0.5)
    Decision.objects.filter(pk=undone.pk).update(undone_at=timezone.now(), undone_by=alice)
    pending = judged(automatic(source, "hide"), alice, violation=False, rate=0.5)
    Decision.objects.filter(pk=pending.pk).update(effective_at=timezone.now() + timedelta(seconds=20))
    assert error_rates(source, TODAY) == []


def test_the_interval_covers_the_truth_as_often_as_it_says(source, alice):
    """The estimator on drawn samples of a known error rate: what the page shows is not merely a number."""
    random, truth, covered = np.random.default_rng(4), 0.1, 0
    for _ in range(400):
        rates = random.choice([0.1, 0.5], 4000, p=[0.7, 0.3])
        wrong = random.random(4000) < truth
        drawn = random.random(4000) < rates
        weights = 1 / rates[drawn]
        rate = _rate("hide", int(drawn.sum()), weights.sum(), (weights**2).sum(), (weights * wrong[drawn]).sum())
        covered += rate.low <= truth <= rate.high
    assert covered / 400 >= 0.92


def test_reports_and_how_they_ended(source, alice):
    messages = [make_message(source) for _ in range(4)]
    for message in messages:
        take(message, Said("wren", illegal=message == messages[0]))
    ended = timezone.now()
    Report.objects.filter(message=messages[0]).update(resolved_at=ended, upheld=True)
    Report.objects.filter(message=messages[1]).update(resolved_at=ended, upheld=False)
    Report.objects.filter(message=messages[2]).update(resolved_at=ended)
    assert transparency(source, TODAY).reports == {
        "upheld": 1,
        "rejected": 1,
        "waiting": 1,
        "erased": 1,
        "illegal": 1,
    }


def test_appeals_and_how_they_ended(source, sign_in, dana):
    now = timezone.now()
    ends = [("upheld", 2), ("overturned", 4), ("overturned", 6), ("erased", 90), ("open", None)]
    for state, hours in ends:
        outcome = Outcome.objects.get(message=automatic(source, "hide"))
        taken, _ = appeals.take(outcome, "it was a quotation")
        resolved = hours and now + timedelta(hours=hours)
        Appeal.objects.filter(pk=taken.pk).update(state=state, created_at=now, resolved_at=resolved)
    found = transparency(source, TODAY).appeals
    assert (found.waiting, found.upheld, found.overturned, found.erased) == (1, 1, 2, 1)
    assert found.overturned_share == 2 / 3 and found.interval[0] < 2 / 3 < found.interval[1]
    assert found.median == timedelta(hours=4)
    browser = sign_in(dana)
    page = browser.get("/transparency/").content.decode()
    assert "share overturned" in page and "67 %" in page and "4 h" in page
    told = {
        row["what"]: row
        for row in csv.DictReader(io.StringIO(browser.get("/transparency/csv/").content.decode()))
        if row["part"] == "appeals"
    }
    assert (told["waiting"]["count"], told["median hours to an answer"]["value"]) == ("1", "4.0")


def test_the_page_and_its_csv(source, alice, make_person, sign_in):
    for violation in (True, False):
        judged(automatic(source, "hide", cohort_rate=0.5), alice, violation=violation, rate=0.5)
    counted()
    browser = sign_in(make_person("erin", "senior", source))
    page = browser.get("/transparency/").content.decode()
    assert "benign among what was hidden automatically" in page and "50 %" in page
    answer = browser.get("/transparency/csv/")
    assert answer["Content-Disposition"].startswith('attachment; filename="transparency-arcade-')
    rows = list(csv.DictReader(io.StringIO(answer.content.decode())))
    (error,) = [row for row in rows if row["part"] == "errors"]
    assert (error["action"], error["count"], error["value"]) == ("hide", "2", "0.5")
    (outcome,) = [row for row in rows if row["part"] == "outcomes"]
    assert (outcome["action"], outcome["automated"], outcome["count"]) == ("hide", "yes", "2")


def test_a_rule_in_the_csv_is_no_formula(source, sign_in, dana):
    rule = Rule.objects.create(source=source, position=1)
    version = RuleVersion.objects.create(
        rule=rule, version=1, wording={"en": {"name": "=1+1", "text": ""}}, category="spam", action="hide"
    )
    message = make_message(source)
    Outcome.objects.create(message=message, seq=1, action="hide", why="", rule=version, effective_at=timezone.now())
    counted()
    assert "'=1+1" in sign_in(dana).get("/transparency/csv/").content.decode()


def test_a_rule_is_one_row_however_it_was_worded_and_by_its_name_in_its_main_locale(source):
    rule = Rule.objects.create(source=source, position=1)
    for number, name in enumerate(("No ads", "No advertising"), start=1):
        version = RuleVersion.objects.create(
            rule=rule,
            version=number,
            locale="en",
            wording={"de": {"name": "Keine Werbung", "text": ""}, "en": {"name": name, "text": ""}},
            category="spam",
            action="hide",
        )
        Outcome.objects.create(
            message=make_message(source), seq=1, action="hide", why="", rule=version, effective_at=timezone.now()
        )
    counted()
    (row,) = transparency(source, TODAY).restrictions
    assert (row["rule_name"], row["count"]) == ("No advertising", 2)


def test_an_empty_source_says_so(source, sign_in, dana):
    page = sign_in(dana).get("/transparency/").content.decode()
    assert "Nothing was hidden or removed" in page and "nobody can say" in page


@pytest.mark.parametrize("period", ["first=2026-02-01&last=2026-01-01", "first=yesterday", "first=1990-01-01"])
def test_a_period_that_makes_no_sense_is_refused(source, sign_in, dana, period):
    assert sign_in(dana).get(f"/transparency/?{period}").status_code == 400
    assert sign_in(dana).get(f"/transparency/csv/?{period}").status_code == 400


def test_who_may_see_it(source, alice, make_person, sign_in):
    assert sign_in(alice).get("/transparency/").status_code == 403
    erin = sign_in(make_person("erin", "senior", make_source("elsewhere")))
    assert erin.get("/transparency/?source=arcade").status_code == 404
    assert erin.get("/transparency/csv/?source=arcade").status_code == 404
