"""GET /messages/: what is found, by whom, and what never is."""

from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from review.erasure.messages import erase
from review.models import Decision, Message, Outcome, SearchEntry, Source
from review.search import entries
from review.search.finding import SearchQuery, TooSlow, find
from tests.forms import save
from tests.rows import make_case, make_message, make_source

pytestmark = pytest.mark.django_db
AT_ONCE = timedelta(seconds=-1)


def write_words():
    entries.write_next(settled=AT_ONCE)


def found(query, *sources, **how):
    return [hit.message.text for hit in find(sources or [make_source()], query, **how).rows]


def test_words_are_found_in_any_order_phrases_in_theirs_and_others_left_out():
    make_message(make_source(), "uninstall the game, noob")
    make_message(make_source(), "the noob plays a good game")
    write_words()
    assert len(found(SearchQuery("noob GAME"))) == 2
    assert found(SearchQuery('"the noob"')) == ["the noob plays a good game"]
    assert found(SearchQuery("game -good")) == ["uninstall the game, noob"]
    assert found(SearchQuery("uninstall or good"))[0] == "the noob plays a good game"
    assert found(SearchQuery("gam")) == []


def test_each_source_is_searched_in_its_own_language():
    german = make_source("forum")
    Source.objects.filter(pk=german.pk).update(search_language="german")
    german.refresh_from_db()
    make_message(german, "die Häuser brennen")
    make_message(make_source(), "Häuser")
    make_message(make_source(), "Haus")
    write_words()
    assert found(SearchQuery("haus"), german, make_source()) == ["Haus", "die Häuser brennen"]
    assert found(SearchQuery("haus"), german) == ["die Häuser brennen"]


def test_another_language_reaches_what_is_there_already(dana, sign_in):
    make_message(make_source(), "die Häuser brennen")
    other = make_message(make_source("forum"), "die Häuser")
    write_words()
    client = sign_in(dana)
    assert (
        save(client, "/sources/arcade/", "/sources/arcade/language/", {"search_language": "german"}).status_code == 302
    )
    entries.redo()
    source = Source.objects.get(slug="arcade")
    assert source.words_redone_to is None
    assert found(SearchQuery("haus"), source) == ["die Häuser brennen"]
    assert "häuser" in SearchEntry.objects.get(message=other).words


def test_redoing_goes_on_where_it_stopped(monkeypatch):
    monkeypatch.setattr(entries, "CHUNK", 2)
    source = make_source()
    for _ in range(5):
        make_message(source, "Häuser")
    write_words()
    Source.objects.filter(pk=source.pk).update(search_language="german", words_redone_to=0)
    for _ in range(4):
        entries.redo(budget=0.0001)
    entries.redo()
    source.refresh_from_db()
    assert len(found(SearchQuery("haus"), source)) == 5


@pytest.mark.parametrize(
    ("query", "texts"),
    [
        (SearchQuery(author="wren"), ["by wren"]),
        (SearchQuery(channel="ranked"), ["in ranked"]),
        (SearchQuery(external_id="x/1 %"), ["by wren"]),
        (SearchQuery(since=timezone.now() - timedelta(hours=1)), ["in ranked", "by wren"]),
        (SearchQuery(until=timezone.now() - timedelta(hours=1)), ["old"]),
        (SearchQuery("old", author="kestrel"), ["old"]),
        (SearchQuery("old", author="wren"), []),
    ],
)
def test_what_is_not_words_narrows_it(query, texts):
    source = make_source()
    make_message(source, "old", received_at=timezone.now() - timedelta(days=3))
    make_message(source, "by wren", author="wren", external_id="x/1 %")
    make_message(source, "in ranked", channel="ranked")
    write_words()
    assert found(query) == texts


def test_pages_neither_skip_nor_repeat():
    source = make_source()
    for number in range(7):
        make_message(source, f"word {number}")
    write_words()
    for query in (SearchQuery(), SearchQuery("word")):
        seen, before = [], None
        while True:
            hits = find([source], query, before, size=3)
            seen += [hit.message.text for hit in hits.rows]
            if (before := hits.next_cursor) is None:
                break
        assert seen == [f"word {number}" for number in reversed(range(7))]


def test_the_outcome_in_force_filters_and_shows(alice):
    source = make_source()
    removed, never = make_message(source, "removed"), make_message(source, "never judged")
    now = timezone.now()
    Outcome.objects.create(message=removed, seq=1, action="hide", why="policy 1", effective_at=now)
    Outcome.objects.create(message=removed, seq=2, action="remove", why="policy 2", effective_at=now)
    Outcome.objects.create(
        message=removed, seq=3, action="allow", why="decided", effective_at=now + timedelta(minutes=5)
    )
    assert found(SearchQuery(outcome="remove")) == ["removed"]
    assert found(SearchQuery(outcome="hide")) == found(SearchQuery(outcome="allow")) == []
    assert found(SearchQuery(outcome="none")) == [never.text]


def test_a_blind_case_tells_nothing_of_what_the_policy_did(alice):
    source = make_source()
    message = make_message(source, "acted on by itself")
    case = make_case(source, message, blind=True, reason="audit")
    Outcome.objects.create(message=message, seq=1, action="remove", why="policy 1", effective_at=timezone.now())
    assert found(SearchQuery(outcome="remove")) == []
    assert find([source], SearchQuery()).rows[0].outcome is None
    Decision.objects.create(
        case=case, by=alice, category="benign", action="remove", effective_at=timezone.now() - timedelta(seconds=1)
    )
    type(case).objects.filter(pk=case.pk).update(state="decided")
    assert found(SearchQuery(outcome="remove")) == ["acted on by itself"]


def test_a_second_opinion_tells_nothing_of_what_a_colleague_did(alice):
    source = make_source()
    message = make_message(source, "looked at once")
    now = timezone.now()
    first = Decision.objects.create(
        case=make_case(source, message, state="decided"), by=alice, category="spam", action="remove", effective_at=now
    )
    Outcome.objects.create(message=message, seq=1, action="remove", why="decided", decision=first, effective_at=now)
    assert found(SearchQuery(outcome="remove")) == ["looked at once"]
    make_case(source, message, blind=True, reason="second_opinion")
    assert found(SearchQuery(outcome="remove")) == []
    assert find([source], SearchQuery()).rows[0].outcome is None


def test_what_is_erased_is_not_found_nor_are_its_words_kept():
    message = make_message(make_source(), "zebra quagmire", author="wren")
    write_words()
    assert found(SearchQuery("zebra")) == ["zebra quagmire"]
    erase([message.pk])
    for asked in ({"words": "zebra"}, {"author": "wren"}, {"external_id": message.external_id}, {}):
        assert found(SearchQuery(**asked)) == []
    with connection.cursor() as cursor:
        cursor.execute("SELECT words::text FROM review_searchentry WHERE message_id = %s", [message.pk])
        assert cursor.fetchone() == ("",)


def test_what_is_erased_before_its_words_are_written_leaves_none():
    message = make_message(make_source(), "zebra quagmire")
    erase([message.pk])
    later = make_message(make_source(), "okapi")
    write_words()
    assert SearchEntry.objects.get(message=message).words == ""
    assert found(SearchQuery("okapi")) == [later.text]


def test_words_wait_until_no_older_message_can_still_come():
    source = make_source()
    make_message(source, "long ago", received_at=timezone.now() - timedelta(minutes=1))
    make_message(source, "just now")
    make_message(source, "before, but later in order", received_at=timezone.now() - timedelta(minutes=1))
    assert entries.write_next() == 1
    assert entries.unwritten_since() is not None
    write_words()
    assert entries.unwritten_since() is None


def test_a_text_of_the_greatest_length_is_taken():
    make_message(make_source(), " ".join(chr(0x4E00 + number % 20_000) for number in range(50_000)))
    make_message(make_source(), "x" * 100_000)
    write_words()
    assert SearchEntry.objects.count() == 2


def test_a_search_that_looks_at_too_much_is_ended(monkeypatch):
    monkeypatch.setattr("review.search.finding.PATIENCE", 1)
    monkeypatch.setattr("review.search.finding.OUTCOME", "(SELECT pg_sleep(0.2)::text)")
    make_message(make_source())
    with pytest.raises(TooSlow):
        find([make_source()], SearchQuery(outcome="remove"))


def test_the_page_shows_hits_and_where_they_lead(alice, sign_in):
    source = make_source()
    lone = make_message(source, "<b>lone</b>", author="wren/1")
    case = make_case(source, make_message(source, "in a case"))
    page = sign_in(alice).get("/messages/").content.decode()
    assert "&lt;b&gt;lone&lt;/b&gt;" in page
    assert f'href="/cases/{case.pk}/"' in page and f'href="/messages/{lone.pk}/"' in page
    assert 'href="/authors/of/arcade/wren/1"' in page
    alone = sign_in(alice).get(f"/messages/{lone.pk}/").content.decode()
    assert "&lt;b&gt;lone" in alone and "It is not judged yet" in alone
    assert sign_in(alice).get(f"/messages/{case.messages.get().pk}/").status_code == 302


def test_one_sees_only_ones_own_communities(make_person, sign_in):
    message = make_message(make_source(), "not for eve")
    eve = make_person("eve", "moderator", make_source("forum"))
    client = sign_in(eve)
    assert "not for eve" not in client.get("/messages/").content.decode()
    assert "not for eve" not in client.get("/messages/", {"source": "arcade"}).content.decode()
    assert client.get(f"/messages/{message.pk}/").status_code == 404
    Message.objects.filter(pk=message.pk).update(source=make_source("forum"))
    assert "not for eve" in client.get("/messages/").content.decode()


@pytest.mark.parametrize(
    "query",
    [{"since": "yesterday"}, {"outcome": "x"}, {"cursor": "9" * 30}, {"words": '" OR ( & !'}],
)
def test_what_makes_no_sense_is_no_error_page(alice, sign_in, query):
    make_message(make_source())
    assert sign_in(alice).get("/messages/", query).status_code == 200


def test_it_is_for_moderators(client, charlie, sign_in):
    assert client.get("/messages/").status_code == 302
    assert sign_in(charlie).get("/messages/").status_code == 403


def test_the_planner_knows_rare_words_from_common_ones():
    """With the usual hundred, a word that nobody wrote is looked for in every message, the newest first."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT attstattarget FROM pg_attribute WHERE attrelid = %s::regclass AND attname = 'words'",
            ["review_searchentry"],
        )
        assert cursor.fetchone() == (1000,)
