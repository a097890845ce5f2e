"""The page of triggers: senior moderators of the source only, versions that stay, nothing over what was not seen."""

import threading

import pytest
from django.db import DatabaseError, connection, transaction
from django.urls import reverse

from review.models import AuditEntry, Category, Rerouting, Trigger, TriggerSet
from review.triggers.changes import Overtaken, change
from review.triggers.in_force import newest
from tests.rows import make_message, make_source

pytestmark = pytest.mark.django_db


@pytest.fixture
def sam(make_person):
    return make_person("sam", "senior")


@pytest.fixture
def source():
    return make_source()


def post(client, source, name="triggers-add", *args, **changes):
    """The form as it is opened now, unless it names the version that it was made from."""
    fields = {"kind": "phrase", "texts": "free nitro", "effect": "hide", "category": "spam", "mode": "on", "note": ""}
    fields["version"] = newest(source)
    return client.post(reverse(name, args=[source.slug, *args]), {**fields, **changes})


def in_force(source):
    return list(Trigger.objects.filter(source=source, removed_in=None).order_by("pk").values_list("text", flat=True))


def test_one_or_many_come_in_as_one_version(sign_in, sam, source):
    answer = post(sign_in(sam), source, texts="free nitro\n\n  free robux \nfree nitro\n", note="a wave of it")
    assert answer.status_code == 302
    assert in_force(source) == ["free nitro", "free robux"]
    version = TriggerSet.objects.get()
    assert (version.version, version.added_count, version.created_by, version.note) == (1, 2, sam, "a wave of it")
    entry = AuditEntry.objects.get()
    assert (entry.verb, entry.details) == ("changed triggers", {"version": 1, "added": 2, "removed": 0})
    assert Rerouting.objects.get().why == "triggers 1"


def test_the_page_shows_them_escaped_and_what_they_matched(sign_in, sam, source):
    client = sign_in(sam)
    post(client, source, texts="<b>nitro</b>")
    page = client.get("/triggers/").content.decode()
    assert "&lt;b&gt;nitro&lt;/b&gt;" in page
    assert "<b>nitro" not in page
    assert "version 1 is in force" in page


def test_a_changed_trigger_is_another_and_the_first_stays_on_record(sign_in, sam, source):
    client = sign_in(sam)
    post(client, source)
    first = Trigger.objects.get()
    assert 'value="hide" selected' in client.get(reverse("trigger", args=[source.slug, first.pk])).content.decode()
    post(client, source, "trigger", first.pk, effect="remove")
    second = Trigger.objects.get(removed_in=None)
    assert (second.effect, second.added_in.version) == ("remove", 2)
    first.refresh_from_db()
    assert (first.effect, first.removed_in.version) == ("hide", 2)
    assert client.get(reverse("trigger", args=[source.slug, first.pk])).status_code == 404


def test_one_is_removed(sign_in, sam, source):
    client = sign_in(sam)
    post(client, source)
    answer = post(client, source, "trigger-remove", Trigger.objects.get().pk)
    assert answer.status_code == 302
    assert in_force(source) == []
    assert TriggerSet.objects.get(version=2).removed_count == 1


def test_what_is_there_already_makes_no_version(sign_in, sam, source):
    client = sign_in(sam)
    post(client, source)
    answer = client.post(
        reverse("triggers-add", args=[source.slug]),
        {"kind": "phrase", "texts": "free nitro", "effect": "hide", "category": "spam", "mode": "on", "version": 1},
        follow=True,
    )
    assert "Nothing changed" in answer.content.decode()
    assert newest(source) == 1


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"texts": "  \n "}, "This field is required"),
        ({"kind": "pattern", "texts": "(?=a)b"}, "invalid perl operator: (?="),
        ({"kind": "pattern", "texts": "ok\n(a"}, "“(a”: RE2 refuses it: missing )"),
        ({"kind": "link", "texts": "no domain"}, "is no domain"),
        ({"texts": "a" * 501}, "longer than 500"),
        ({"kind": "nonsense"}, "Select a valid choice"),
        ({"category": "self_harm", "effect": "remove"}, "Self-harm always goes to people first"),
        ({"category": "benign"}, "Select a valid choice"),
        ({"version": ""}, "This field is required"),
    ],
)
def test_what_makes_no_sense_is_not_saved_and_stays_in_the_form(sign_in, sam, source, fields, words):
    answer = post(sign_in(sam), source, **{"note": "my reason", **fields})
    assert answer.status_code == 200
    page = answer.content.decode().replace("&#x27;", "'")
    assert words in page
    assert "my reason" in page
    assert not TriggerSet.objects.exists()


def test_patterns_that_are_too_large_together_are_refused(sign_in, sam, source):
    client = sign_in(sam)
    assert post(client, source, kind="pattern", texts="[a-z]{900}x\n[a-z]{900}y").status_code == 302
    answer = post(client, source, kind="pattern", texts="\n".join(f"[a-z]{{900}}{n}" for n in range(60)))
    assert "too large together" in answer.content.decode()
    assert newest(source) == 1


def test_a_change_that_would_be_too_large_is_refused_and_stays_in_the_form(sign_in, sam, source, monkeypatch):
    client = sign_in(sam)
    post(client, source, texts="free nitro\nfree robux")
    monkeypatch.setattr("review.triggers.changes.MOST", 1)
    answer = post(client, source, "trigger", Trigger.objects.order_by("pk").first().pk, texts="free v-bucks")
    assert answer.status_code == 200
    assert "up to 1 triggers" in answer.content.decode() and "free v-bucks" in answer.content.decode()
    post(client, source, "trigger-remove", Trigger.objects.order_by("pk").first().pk)
    back = client.post(reverse("triggers-go-back", args=[source.slug, 1]), {"version": newest(source)}, follow=True)
    assert "up to 1 triggers" in back.content.decode()
    assert in_force(source) == ["free robux"]


def test_of_two_editors_with_old_forms_the_second_is_told_and_keeps_what_they_typed(sign_in, sam, make_person, source):
    erin = make_person("erin", "senior")
    post(sign_in(erin), source, texts="free robux", note="robux too")
    answer = post(sign_in(sam), source, version=0, texts="free v-bucks", note="mine")
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "robux too" in page and "erin" in page
    assert "free v-bucks" in page and "mine" in page
    assert 'name="version" value="1"' in page
    assert in_force(source) == ["free robux"]
    assert post(sign_in(sam), source, version=1, texts="free v-bucks").status_code == 302
    assert in_force(source) == ["free robux", "free v-bucks"]


def test_a_trigger_that_somebody_else_changed_meanwhile_is_not_changed_blindly(sign_in, sam, source):
    client = sign_in(sam)
    post(client, source)
    trigger = Trigger.objects.get()
    post(client, source, "trigger", trigger.pk, effect="remove")
    answer = post(client, source, "trigger", trigger.pk, version=1, effect="allow")
    assert answer.status_code == 409
    assert Trigger.objects.get(removed_in=None).effect == "remove"
    assert post(client, source, "trigger-remove", trigger.pk, version=1).status_code == 409
    assert post(client, source, "trigger-remove", trigger.pk, version="x").status_code == 409


@pytest.mark.parametrize(("name", "shown"), [("spam", "free nitro"), ("shorteners", "bit.ly"), ("self_harm", "kys")])
def test_a_starter_set_comes_in_shadow_or_on_and_only_once(sign_in, sam, source, name, shown):
    client = sign_in(sam)
    assert post(client, source, "triggers-start", name, mode="shadow").status_code == 302
    assert shown in in_force(source)
    modes = Trigger.objects.values_list("mode", "effect").distinct()
    assert list(modes) == [("shadow", "review")]
    post(client, source, "triggers-start", name, mode="shadow")
    assert newest(source) == 1
    assert post(client, source, "triggers-start", "nonsense", mode="shadow").status_code == 404


def test_a_starter_set_in_shadow_is_switched_on_and_nothing_else_is(sign_in, sam, source):
    client = sign_in(sam)
    post(client, source, texts="free robux of mine", mode="shadow")
    post(client, source, "triggers-start", "spam", mode="shadow")
    listed = set(in_force(source)) - {"free robux of mine"}
    post(client, source, "triggers-start", "spam", mode="on")
    on = Trigger.objects.filter(source=source, removed_in=None, mode="on")
    assert set(on.values_list("text", flat=True)) == listed
    assert len(in_force(source)) == len(listed) + 1
    post(client, source, "triggers-start", "spam", mode="shadow")
    assert newest(source) == 3


def test_a_trial_shows_what_would_match_and_saves_nothing(sign_in, sam, source):
    make_message(source, "get <i>FR33</i> n1tr0 now, FR33 n1tr0!")
    make_message(source, "well played")
    make_message(make_source("forum"), "free nitro")
    page = post(sign_in(sam), source, "triggers-try").content.decode()
    assert "<b>1</b> of the last 2 messages match" in page
    assert '<mark class="match">FR33 n1tr0</mark>' in page
    assert "&lt;i&gt;FR33&lt;/i&gt;" in page
    assert not Trigger.objects.exists()


def test_a_trial_says_what_is_wrong_and_what_to_do(sign_in, sam, source):
    client = sign_in(sam)
    assert "missing )" in post(client, source, "triggers-try", kind="pattern", texts="(a").content.decode()
    assert "is tried on the last" in post(client, source, "triggers-try", texts="").content.decode()


def test_a_trial_is_over_in_time(sign_in, sam, source, monkeypatch):
    monkeypatch.setattr("review.triggers.trial.SECONDS", 0)
    for _ in range(3):
        make_message(source, "free nitro")
    page = post(sign_in(sam), source, "triggers-try").content.decode()
    assert "the newest 1 message" in page
    assert "stops after a second" in page


def test_long_lists_have_pages_and_can_be_searched(sign_in, sam, source):
    client = sign_in(sam)
    post(client, source, texts="\n".join(f"word{n} thing" for n in range(60)))
    first = client.get("/triggers/").content.decode()
    assert "word59 thing" in first and "word9 thing" not in first
    before = Trigger.objects.order_by("-pk")[49].pk
    assert f"before={before}" in first
    second = client.get(f"/triggers/?before={before}").content.decode()
    assert "word9 thing" in second and "word59 thing" not in second
    assert "word33 thing" in client.get("/triggers/?q=WORD33").content.decode()
    assert "No trigger has that in it" in client.get("/triggers/?q=nothing").content.decode()


def test_the_page_says_where_triggers_cannot_be_loaded(sign_in, sam, source, monkeypatch):
    client = sign_in(sam)
    post(client, source)
    assert "cannot be loaded" not in client.get("/triggers/").content.decode()
    post(client, source, texts="free robux")
    monkeypatch.setattr("review.triggers.in_force.Matcher", None)
    assert "cannot be loaded, so every message" in client.get("/triggers/").content.decode()


@pytest.mark.parametrize("name", ["triggers-add", "triggers-try"])
def test_changes_are_posted(sign_in, sam, source, name):
    assert sign_in(sam).get(reverse(name, args=[source.slug])).status_code == 405


def test_only_seniors_of_the_source_come_here(client, sign_in, alice, make_person, source):
    assert client.get("/triggers/")["Location"].startswith("/accounts/login/")
    assert sign_in(alice).get("/triggers/").status_code == 403
    assert post(sign_in(alice), source).status_code == 404
    lead = sign_in(make_person("erin", "senior", make_source("forum")))
    assert lead.get(f"/triggers/?source={source.slug}").status_code == 404
    assert post(lead, source).status_code == 404
    assert "Triggers" in lead.get("/").content.decode()
    assert "/triggers/" not in sign_in(alice).get("/").content.decode()


def test_the_database_refuses_to_change_what_decided(sign_in, sam, source):
    post(sign_in(sam), source)
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        Trigger.objects.update(effect="allow")
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        TriggerSet.objects.update(version=9)
    trigger = Trigger(source=source, kind="phrase", text="x", category=Category.SELF_HARM, effect="remove")
    trigger.added_in = TriggerSet.objects.get()
    with pytest.raises(DatabaseError, match="self_harm_goes_to_people"), transaction.atomic():
        trigger.save()


@pytest.mark.django_db(transaction=True)
def test_of_two_editors_at_once_one_wins(sam):
    source = make_source()
    results, ready = [], threading.Barrier(2)

    def edit(text):
        ready.wait()
        trigger = Trigger(kind="phrase", text=text, category="spam", effect="hide")
        try:
            results.append(change(source, sam, made_from=0, add=[trigger]).version)
        except Overtaken as error:
            results.append([each.version for each in error.meanwhile])
        finally:
            connection.close()

    threads = [threading.Thread(target=edit, args=(text,)) for text in ("one", "two")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results, key=str) == [1, [1]]
    assert len(in_force(source)) == 1


def test_an_earlier_version_comes_back_as_a_new_one(sign_in, sam, source):
    client = sign_in(sam)
    post(client, source, texts="free nitro\nfree robux")
    nitro = Trigger.objects.get(text="free nitro")
    client.post(reverse("trigger-remove", args=[source.slug, nitro.pk]), {"version": newest(source)})
    post(client, source, texts="free gems")
    robux = Trigger.objects.get(text="free robux")
    post(client, source, "trigger", robux.pk, texts="free robux", effect="review")
    assert "Back to triggers 1" in client.get("/triggers/").content.decode()
    answer = client.post(reverse("triggers-go-back", args=[source.slug, 1]), {"version": newest(source)})
    assert answer.status_code == 302
    there = Trigger.objects.filter(source=source, removed_in=None).values_list("text", "effect", "category", "mode")
    assert sorted(there) == [("free nitro", "hide", "spam", "on"), ("free robux", "hide", "spam", "on")]
    version = TriggerSet.objects.get(version=5)
    assert (version.note, version.added_count, version.removed_count) == ("As in triggers 1", 2, 2)


def test_going_back_over_what_was_not_seen_is_refused(sign_in, sam, source):
    client = sign_in(sam)
    post(client, source, texts="free nitro")
    post(client, source, texts="free gems")
    assert client.post(reverse("triggers-go-back", args=[source.slug, 1]), {"version": 1}).status_code == 409
    assert in_force(source) == ["free nitro", "free gems"]
    elsewhere = make_source("elsewhere")
    assert client.post(reverse("triggers-go-back", args=[elsewhere.slug, 1]), {"version": 0}).status_code == 404
