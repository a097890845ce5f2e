"""The rule book: its page, for admins of the source only, and `GET rules`."""

import re

import pytest

from review.models import ApiToken, RuleVersion
from review.registry.rules import rules_of
from tests.forms import save, version_in
from tests.intake.conftest import assert_error
from tests.rows import make_message, make_rule, make_source

pytestmark = pytest.mark.django_db
BOOK = "/sources/arcade/rules/"
WRITE = f"{BOOK}write/"
FORM = {
    "words-TOTAL_FORMS": "2",
    "words-INITIAL_FORMS": "1",
    "words-0-locale": "en",
    "words-0-name": "Be kind",
    "words-0-text": "To all.",
    "words-0-note": "That was not kind.",
    "category": "toxicity",
    "action": "hide",
    "ground": "terms",
}
GERMAN = {"words-1-locale": "de", "words-1-name": "Sei nett", "words-1-text": "Zu allen."}


@pytest.fixture
def admin(sign_in, make_person, source):
    """Signed in as an admin of this source alone."""
    return sign_in(make_person("erin", "admin", source))


def address(version):
    return f"{BOOK}{version.rule_id}/"


class TestAccess:
    def test_moderators_and_seniors_have_no_business_here(self, sign_in, make_person, source):
        rule = make_rule(source)
        client = sign_in(make_person("sam", "senior"))
        assert client.get(BOOK).status_code == 404
        assert client.get(address(rule)).status_code == 404
        assert client.post(f"{address(rule)}retire/").status_code == 404

    def test_rules_of_another_source_are_not_here(self, admin):
        elsewhere = make_rule(make_source("book-club"))
        assert admin.get(address(elsewhere)).status_code == 404
        version = version_in(admin.get(BOOK), WRITE)
        assert admin.post(f"{address(elsewhere)}retire/", {"version": version}).status_code == 404
        assert admin.get("/sources/book-club/rules/").status_code == 404


class TestWriting:
    def test_in_several_languages_of_which_the_first_is_the_main_one(self, admin, source):
        assert save(admin, BOOK, WRITE, FORM | GERMAN).status_code == 302
        found = rules_of(source)[0]
        assert (found.locale, found.name, found.category, found.action) == ("en", "Be kind", "toxicity", "hide")
        assert found.wording["de"] == {"name": "Sei nett", "text": "Zu allen."}
        assert found.note_template == {"en": "That was not kind."}
        assert found.created_by.username == "erin"

    @pytest.mark.parametrize(
        "wrong, words",
        [
            ({"words-0-name": ""}, "Every language needs this."),
            ({"words-0-locale": "english please"}, "Write the code of a language"),
            (dict.fromkeys(("words-0-name", "words-0-text", "words-0-note"), ""), "in at least one language"),
            (GERMAN | {"words-1-locale": "en"}, "Each language can be there once."),
            ({"words-0-name": "x" * 81}, "at most 80 characters"),
            ({"ground": "law"}, "Name the law"),
            ({"category": "benign"}, "benign is not one of the available choices"),
            ({"action": "review"}, "review is not one of the available choices"),
            ({"words-TOTAL_FORMS": "x"}, "in at least one language"),
        ],
    )
    def test_what_is_wrong_is_said_and_what_was_typed_stays(self, admin, source, wrong, words):
        answer = save(admin, BOOK, WRITE, FORM | wrong)
        page = answer.content.decode()
        assert answer.status_code == 200
        assert words in page
        assert wrong.get("words-0-text") == "" or "To all.</textarea>" in page or "words-TOTAL_FORMS" in wrong
        assert not RuleVersion.objects.exists()

    def test_a_form_that_names_no_book_saves_nothing(self, admin):
        assert "Load the page again" in admin.post(WRITE, FORM).content.decode()
        assert not RuleVersion.objects.exists()

    def test_words_are_escaped(self, admin, source):
        make_rule(source, "<b>rude</b>\u202e", note_template={"en": "</textarea><script>"})
        for path in (BOOK, address(rules_of(source)[0])):
            page = admin.get(path).content.decode()
            assert "<b>rude" not in page and "<script>" not in page
        assert "\u202e" not in admin.get(BOOK).content.decode()

    def test_the_starter_set_by_a_button(self, admin, source):
        assert "No rules yet" in admin.get(BOOK).content.decode()
        save(admin, BOOK, f"{BOOK}start/", {})
        assert len(rules_of(source)) == 6
        assert "start/" not in admin.get(BOOK).content.decode()


class TestChanging:
    def test_a_new_version_takes_its_place_and_the_old_one_is_shown(self, admin, source):
        rule = make_rule(source)
        save(admin, address(rule), address(rule), FORM | GERMAN)
        found = rules_of(source)[0]
        assert (found.rule_id, found.version, found.name) == (rule.rule_id, 2, "Be kind")
        page = admin.get(address(rule)).content.decode()
        assert "Version 2" in page and "No personal attacks" in page
        assert page.index('value="en"') < page.index('value="de"')

    def test_a_language_without_words_is_left_out(self, admin, source):
        save(admin, BOOK, WRITE, FORM | GERMAN)
        rule = rules_of(source)[0]
        emptied = {"words-INITIAL_FORMS": "2", "words-TOTAL_FORMS": "3", "words-1-locale": "de", "words-1-name": ""}
        save(admin, address(rule), address(rule), FORM | GERMAN | emptied | {"words-1-text": ""})
        assert list(rules_of(source)[0].wording) == ["en"]

    def test_order_and_retirement(self, admin, source):
        first, second = make_rule(source, "One"), make_rule(source, "Two")
        save(admin, BOOK, f"{address(second)}move/", {"way": "up"})
        assert [each.name for each in rules_of(source)] == ["Two", "One"]
        save(admin, address(first), f"{address(first)}retire/", {})
        assert [each.name for each in rules_of(source)] == ["Two"]
        assert admin.get(address(first)).status_code == 404

    @pytest.mark.parametrize("verb", ["write/", "start/", "{}/", "{}/move/", "{}/retire/"])
    def test_nothing_goes_over_what_was_not_seen(self, admin, source, verb):
        rule = make_rule(source)
        seen = version_in(admin.get(BOOK), WRITE)
        make_rule(source, "Meanwhile")
        path = BOOK + verb.format(rule.rule_id)
        answer = admin.post(path, FORM | {"version": seen, "way": "down"})
        page = answer.content.decode()
        assert answer.status_code == 409
        assert "was changed after this page was opened" in page
        assert [each.name for each in rules_of(source)] == ["No personal attacks", "Meanwhile"]
        if verb in ("write/", "{}/"):  # whoever has read that saves again, with what was typed
            assert "To all.</textarea>" in page
            assert admin.post(path, FORM | {"version": version_in(answer, path)}).status_code == 302


def test_a_rule_says_how_often_it_was_used(admin, source):
    rule = make_rule(source)
    for _ in range(2):
        make_message(source).outcomes.create(seq=1, action="remove", why="", rule=rule)
    assert "acted on 2 messages" in admin.get(BOOK).content.decode()


def test_the_page_of_the_source_leads_here(admin):
    assert f'href="{BOOK}"' in admin.get("/sources/arcade/").content.decode()


class TestApi:
    def test_it_gives_the_book_in_its_order(self, call, source):
        make_rule(source, "One")
        second = make_rule(source, "Two", ground="law", legal_ground="§ 185 StGB")
        make_rule(make_source("book-club"))
        retired = make_rule(source, "Three")
        RuleVersion.objects.create(
            rule=retired.rule,
            version=2,
            retired=True,
            **{name: getattr(retired, name) for name in ("wording", "category", "action")},
        )
        found = call("get", "/rules").json()["rules"]
        assert [each["wording"]["en"]["name"] for each in found] == ["One", "Two"]
        assert found[1] == {
            "id": second.rule_id,
            "version": 1,
            "position": 2,
            "locale": "en",
            "wording": {"en": {"name": "Two", "text": "Two, please."}},
            "category": "harassment",
            "action": "remove",
            "note_to_author": {"en": "It attacked somebody."},
            "ground": "law",
            "legal_ground": "§ 185 StGB",
        }

    def test_it_takes_a_token_that_may_read(self, call, source):
        assert call("get", "/rules").json() == {"rules": []}
        assert_error(call("get", "/rules", token=ApiToken.issue(source, "t", ["ingest"])), 403, "forbidden")
        assert_error(call("get", "/rules", token="md_none"), 401, "unauthorized")


def test_the_form_has_no_inline_script_or_style(admin, source):
    make_rule(source)
    page = admin.get(BOOK).content.decode()
    assert not re.search(r"<script(?![^>]*\bsrc=)|\bstyle=|\bon\w+=\"", page)
