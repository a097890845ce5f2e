"""Appeals against what was done to an author: by the link and by the API, answered by another, and taken back."""

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.test import Client, override_settings
from django.urls import reverse as address_of
from django.utils import timezone

from review.desk import claims, decisions
from review.enforcement import appeals, author_appeals, author_outcomes
from review.enforcement.appeal_links import token_of
from review.enforcement.webhooks.bodies import bodies
from review.erasure.authors import erase_author
from review.models import ApiToken, Appeal, AuditEntry, AuthorOutcome, Case, Delivery, Endpoint, Label, Outcome
from tests.enforcement.test_author_feed import decide
from tests.enforcement.test_strikes import done, removed, source, take_effect
from tests.rows import make_case, make_message, make_source

__all__ = ["source"]
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def nobody_called_before():
    cache.clear()


@pytest.fixture
def erin(make_person):
    return make_person("erin", "senior")


@pytest.fixture
def muted(alice, source):
    """Kestrel, by two strikes."""
    for _ in range(2):
        removed(alice, source)
    assert done(source) == ["mute"]
    return AuthorOutcome.objects.get()


def public(step):
    return f"/appeals/{token_of(step)}/"


class TestTaking:
    def test_the_public_page_tells_the_reasons_and_takes_one_objection(self, client, muted):
        page = client.get(public(muted)).content.decode()
        assert "You were muted" in page and "2.0 strikes" in page and page.count("Removed on") == 2
        assert "kestrel" not in page
        for reason in ("it was a quotation", "and again"):
            client.post(public(muted), {"reason": reason, "contact": "k@example.org"})
        appeal = Appeal.objects.get()
        assert (appeal.author_outcome, appeal.reason, appeal.contact) == (muted, "it was a quotation", "k@example.org")
        assert (appeal.due - appeal.created_at, appeal.message, appeal.case) == (timedelta(days=7), None, None)
        page = client.get(public(muted)).content.decode()
        assert "Your objection was received" in page and "quotation" not in page

    def test_a_link_for_a_message_is_none_for_an_author_of_the_same_number(self, client, muted):
        number, _, signature = token_of(muted).partition(".")
        assert number == f"author-{muted.pk}"
        for forged in (f"{muted.pk}.{signature}", f"author-{muted.pk + 1}.{signature}", f"author-.{signature}"):
            assert client.get(f"/appeals/{forged}/").status_code == 404
        with override_settings(SECRET_KEY="another instance's key, which is long enough"):
            foreign = public(muted)
        assert client.get(foreign).status_code == 404

    def test_the_api_takes_it_by_the_authors_name(self, client, muted, erin):
        token = ApiToken.issue(muted.source, "platform", ["ingest"])

        def post(**body):
            headers = {"Authorization": f"Bearer {token}"}
            return client.post("/api/v1/appeals", body, "application/json", headers=headers)

        answer = post(author="kestrel", reason="why?")
        assert answer.status_code == 202
        told = answer.json()
        assert (told["author"], told["message_id"], told["state"], told["duplicate"]) == (
            "kestrel",
            None,
            "open",
            False,
        )
        assert told["url"].endswith(public(muted))
        assert post(author="kestrel", reason="once more").json()["duplicate"]
        assert post(author="nobody", reason="why?").status_code == 404
        assert post(reason="why?").status_code == 422
        assert post(author="kestrel", message_id="m1", reason="why?").status_code == 422
        author_outcomes.lift(muted.source, "kestrel", erin)
        assert post(author="kestrel", reason="why?").status_code == 409

    def test_what_cannot_be_objected_to(self, muted, erin):
        old = AuthorOutcome.objects.get()
        old.created_at = timezone.now() - timedelta(days=184)
        assert "is over" in author_appeals.why_no_appeal(old)
        author_outcomes.lift(muted.source, "kestrel", erin)
        assert "later decision" in author_appeals.why_no_appeal(muted)
        with pytest.raises(appeals.NoAppeal, match="later decision"):
            author_appeals.take(muted, "why")
        let_off = AuthorOutcome.objects.order_by("-seq").first()
        assert "Nothing is in force" in author_appeals.why_no_appeal(let_off)

    def test_its_page_says_when_something_later_is_in_force(self, client, alice, muted):
        removed(alice, muted.source)
        assert done(muted.source) == ["mute", "ban"]
        page = client.get(public(muted)).content.decode()
        assert "A later decision" in page and "See the reasons for it" in page and "<form class" not in page


class TestAnswering:
    @pytest.fixture
    def appeal(self, muted):
        return author_appeals.take(muted, "it was a <b>quotation</b>", "k@example.org")[0]

    def test_one_that_was_right_has_the_step_taken_back(self, appeal, erin, sign_in):
        Endpoint.objects.create(
            source=appeal.source, url="https://e.org/", events=["appeal.resolved", "author.outcome"]
        )
        browser = sign_in(erin)
        page = browser.get("/appeals/").content.decode()
        assert address_of("appeal-of-author", args=[appeal.pk]) in page and "kestrel" in page
        page = browser.get(address_of("appeal-of-author", args=[appeal.pk])).content.decode()
        assert "it was a &lt;b&gt;quotation&lt;/b&gt;" in page and "k@example.org" in page and "2.0 strikes" in page
        form = {"answer": "You were right.", "stands": "no"}
        assert browser.post(address_of("appeal-of-author", args=[appeal.pk]), form).status_code == 302
        appeal.refresh_from_db()
        assert (appeal.state, appeal.answer) == ("overturned", "You were right.")
        last = AuthorOutcome.objects.order_by("-seq").first()
        assert (last.action, last.reverses, last.by) == ("none", appeal.author_outcome, erin)
        assert done(appeal.source) == ["mute", "none"], "the strikes that are there bring it back no more"
        told = {body["event"]: body for body in bodies(Delivery.objects.order_by("pk"))}
        assert told["author.outcome"]["author"]["reverses"] == 1
        resolved = told["appeal.resolved"]
        assert (resolved["appeal"]["state"], resolved["appeal"]["answer"]) == ("overturned", "You were right.")
        assert (resolved["author"]["id"], resolved["author"]["action"]) == ("kestrel", "none")
        page = Client().get(public(appeal.author_outcome)).content.decode()
        assert "the decision was taken back" in page and "You were right." in page and "erin" not in page
        entry = AuditEntry.objects.get(verb="answered")
        assert (entry.actor, entry.details) == (erin, {"state": "overturned"})

    def test_one_that_was_not_is_told_so_for_good(self, appeal, erin, make_person):
        assert author_appeals.answer(appeal, erin, "No: three times.", overturned=False)
        finn = make_person("finn", "senior")
        assert not author_appeals.answer(appeal, finn, "Yes.", overturned=True)
        appeal.refresh_from_db()
        assert (appeal.state, appeal.answer) == ("upheld", "No: three times.")
        assert done(appeal.source) == ["mute"]
        again, is_new = author_appeals.take(appeal.author_outcome, "but")
        assert (again, is_new) == (appeal, False)

    def test_it_needs_words(self, appeal, erin, sign_in):
        answer = sign_in(erin).post(address_of("appeal-of-author", args=[appeal.pk]), {"answer": " ", "stands": "yes"})
        assert "The author needs an answer in words." in answer.content.decode()
        appeal.refresh_from_db()
        assert appeal.state == "open"

    def test_taking_it_back_leaves_what_came_later(self, appeal, erin, alice):
        removed(alice, appeal.source)
        assert done(appeal.source) == ["mute", "ban"]
        assert author_appeals.answer(appeal, erin, "Right about the mute.", overturned=True)
        assert done(appeal.source) == ["mute", "ban"]

    def test_moderators_and_seniors_elsewhere_do_not_answer(self, appeal, alice, make_person):
        for person in (alice, make_person("gil", "senior", make_source("elsewhere"))):
            assert not author_appeals.answer(appeal, person, "words", overturned=True)
        assert done(appeal.source) == ["mute"]

    def test_it_is_no_case_and_no_label(self, appeal, erin):
        cases, labels, outcomes = Case.objects.count(), Label.objects.count(), Outcome.objects.count()
        author_appeals.answer(appeal, erin, "words", overturned=True)
        assert (Case.objects.count(), Label.objects.count(), Outcome.objects.count()) == (cases, labels, outcomes)


def test_never_whoever_asked_for_the_step(erin, source, sign_in, make_person):
    decide(erin, make_case(source, make_message(source, author="wren")), action="hide", author_action="ban")
    assert done(source, "wren") == ["ban"]
    appeal, _ = author_appeals.take(AuthorOutcome.objects.get(), "why")
    page = sign_in(erin).get(address_of("appeal-of-author", args=[appeal.pk])).content.decode()
    assert "You asked for this yourself" in page and "<textarea" not in page
    answer = sign_in(erin).post(
        address_of("appeal-of-author", args=[appeal.pk]), {"answer": "mine stands", "stands": "yes"}
    )
    assert "not yours to answer" in answer.content.decode()
    appeal.refresh_from_db()
    assert appeal.state == "open"
    finn = make_person("finn", "senior")
    assert author_appeals.answer(appeal, finn, "words", overturned=True)
    assert done(source, "wren") == ["ban", "none"]


class TestStrikesOfTheirOwn:
    """A step that came by itself of what a senior decided, among others."""

    @pytest.fixture
    def appeal(self, erin, alice, source):
        removed(erin, source)
        removed(alice, source)
        assert done(source) == ["mute"]
        return author_appeals.take(AuthorOutcome.objects.get(), "why")[0]

    def test_is_answered_by_another_senior(self, appeal, erin, make_person, sign_in):
        finn = make_person("finn", "senior")
        page = address_of("appeal-of-author", args=[appeal.pk])
        shown = sign_in(erin).get(page).content.decode()
        assert "You made decisions that this came of, so somebody else answers" in shown and "<textarea" not in shown
        refused = sign_in(erin).post(page, {"answer": "it stands", "stands": "yes"}).content.decode()
        assert "not yours to answer" in refused
        appeal.refresh_from_db()
        assert appeal.state == "open"
        assert author_appeals.may_answer(finn, appeal)
        assert author_appeals.answer(appeal, finn, "words", overturned=True)

    @pytest.mark.parametrize("other", ["nobody", "elsewhere", "inactive", "moderator"])
    def test_is_answered_by_themselves_where_they_are_the_only_senior(self, appeal, erin, make_person, other):
        if other == "elsewhere":
            make_person("finn", "senior", make_source("elsewhere"))
        elif other != "nobody":
            finn = make_person("finn", "senior" if other == "inactive" else "moderator")
            finn.is_active = other != "inactive"
            finn.save()
        assert author_appeals.may_answer(erin, appeal)
        assert author_appeals.answer(appeal, erin, "words", overturned=False)

    def test_is_answered_by_any_where_all_gave_one(self, erin, make_person, source):
        finn = make_person("finn", "senior")
        removed(erin, source)
        removed(finn, source)
        assert done(source) == ["mute"]
        appeal, _ = author_appeals.take(AuthorOutcome.objects.get(), "why")
        assert author_appeals.may_answer(erin, appeal) and author_appeals.may_answer(finn, appeal)


@pytest.mark.parametrize(("ruling", "left"), [(("benign", "allow"), ["ban", "none"]), (("spam", "hide"), ["ban"])])
def test_what_was_asked_for_with_an_outcome_falls_with_it_on_an_appeal(alice, erin, source, ruling, left):
    """A ban decided with a hidden message: where people later say that nothing was wrong, it is taken back as well."""
    message = make_message(source, author="wren")
    decide(alice, make_case(source, message), action="hide", author_action="ban")
    assert done(source, "wren") == ["ban"]
    appeal, _ = appeals.take(Outcome.objects.get(message=message), "why")
    held = claims.open_case(erin, appeal.case_id)
    category, action = ruling
    take_effect(decisions.decide(erin, held.pk, held.claim_token, category, action=action, answer="Looked at again."))
    assert done(source, "wren") == left


def test_an_erased_author_is_answered_by_that(muted):
    Endpoint.objects.create(source=muted.source, url="https://e.org/", events=["appeal.resolved"])
    appeal, _ = author_appeals.take(muted, "I, kestrel, wrote it", "k@example.org")
    erase_author(muted.source, "kestrel")
    appeal.refresh_from_db()
    assert (appeal.state, appeal.reason, appeal.contact) == ("erased", "", "")
    (body,) = bodies(Delivery.objects.order_by("pk"))
    assert (body["appeal"]["state"], body["author"]["id"]) == ("erased", "")
    with pytest.raises(appeals.NoAppeal, match="erased"):
        other = AuthorOutcome.objects.create(
            source=muted.source, author="", seq=9, action="warn", strikes=1, policy=muted.policy, why="strikes"
        )
        author_appeals.take(other, "why")
