"""Notes on cases and authors: where they show, whom they name, and what nobody else gets to see."""

import pytest
from django.urls import reverse

from review.desk import case_page, claims
from review.models import AuditEntry, Mention, Note, Role
from review.records.notes import add_note, mentions_of
from tests.rows import make_case, make_message, make_source

pytestmark = pytest.mark.django_db


def noted(client, case, text="watch the pun", about="case", **fields):
    return client.post(f"/cases/{case.pk}/notes/", {"text": text, "about": about}, **fields)


def test_a_note_shows_to_the_next_colleague(alice, bob, sign_in, held):
    noted(sign_in(alice), held)
    claims.release_all(alice)
    claims.take_next(bob)
    assert "watch the pun" in sign_in(bob).get("/").content.decode()
    assert "watch the pun" in sign_in(bob).get(f"/cases/{held.pk}/").content.decode()


def test_a_note_on_the_author_shows_with_their_other_messages_in_this_source(alice, sign_in, held):
    noted(sign_in(alice), held, "argues in good faith", "author")
    other = make_case(held.source, make_message(held.source))
    elsewhere = make_case(make_source("elsewhere"), make_message(make_source("elsewhere")))
    assert [note.text for note in case_page.build(other, alice).notes] == ["argues in good faith"]
    assert case_page.build(elsewhere, alice).notes == []
    assert "argues in good faith" in sign_in(alice).get(reverse("author", args=["arcade", "kestrel"])).content.decode()


def test_it_is_on_the_audit_log_by_id_only(alice, sign_in, held):
    noted(sign_in(alice), held, "watch the pun of kestrel")
    entry = AuditEntry.objects.get(verb="noted")
    assert (entry.target_id, entry.details) == (Note.objects.get().pk, {"case": held.pk})


def test_hostile_text_stays_text(alice, sign_in, held):
    page = noted(sign_in(alice), held, "<script>x</script>\u202e", headers={"HX-Request": "true"}).content.decode()
    assert "<script>" not in page and "U+202E" in page


def test_whoever_is_named_is_told_until_they_have_seen_it(alice, bob, sign_in, held):
    add_note(alice, "Ask @Bob. And @nobody, and me@bob.example", held.source, case=held)
    mention = Mention.objects.get()
    assert mention.user == bob
    assert "Notes that name you" in sign_in(bob).get("/held/").content.decode()
    sign_in(alice).post(f"/mentions/{mention.pk}/seen/")
    assert mentions_of(bob) == [mention]
    sign_in(bob).post(f"/mentions/{mention.pk}/seen/")
    assert mentions_of(bob) == []


def test_nobody_is_told_of_what_they_may_not_see(alice, charlie, make_person, held):
    make_person("olga", Role.MODERATOR, make_source("elsewhere"))
    add_note(alice, "@olga @charlie look", held.source, case=held)
    assert not Mention.objects.exists()


def test_a_blind_case_shows_ones_own_notes_and_no_others(alice, bob, blind):
    add_note(bob, "plainly fine", blind.source, case=blind)
    add_note(alice, "mine", blind.source, case=blind)
    assert [note.text for note in case_page.build(blind, alice).notes] == ["mine"]


def test_an_empty_or_too_long_note_says_so_and_is_kept(alice, sign_in, held):
    page = noted(sign_in(alice), held, "x" * 2001, headers={"HX-Request": "true"}).content.decode()
    assert "too long" in page and "x" * 2001 in page
    assert "required" in noted(sign_in(alice), held, " ", headers={"HX-Request": "true"}).content.decode()
    assert not Note.objects.exists()


def test_other_sources_answer_404(make_person, sign_in, held):
    stranger = make_person("olga", Role.MODERATOR, make_source("elsewhere"))
    assert noted(sign_in(stranger), held).status_code == 404
