"""At the desk matches show in the original text, with the triggers and help; on blind cases nothing of it shows."""

import pytest

from review.desk import claims
from review.models import Category, Reason, TriggerMatch
from tests.rows import make_case, make_message, make_source, make_verdict

pytestmark = pytest.mark.django_db

SHOWN = '<mark class="match">fr33 n1tr0</mark>'


@pytest.fixture
def show(add, alice, sign_in):
    def open_case(text="get fr33 n1tr0 <b>", triggers=(("free nitro", {}),), blind=False):
        source = make_source()
        message = make_message(source, text)
        made = [add(source, written, **fields) for written, fields in triggers]
        for trigger in made:
            TriggerMatch.objects.create(trigger=trigger, message=message)
        verdict = make_verdict(message, why="trigger", trigger=made[0])
        case = make_case(source, message, verdict=verdict, reason=Reason.TRIGGER, blind=blind)
        claims.take_next(alice)
        client = sign_in(alice)
        return client.get("/").content.decode(), client.get(f"/cases/{case.pk}/").content.decode()

    return open_case


def test_matches_show_as_they_stand_in_the_text(show):
    for page in show():
        assert f"get {SHOWN} &lt;b&gt;" in page
        assert "A trigger of this community matched" in page
        assert "free nitro" in page
        assert "Somebody may be in danger" not in page


def test_on_a_blind_case_nothing_of_it_shows(show):
    for page in show(triggers=[("free nitro", {"category": Category.SELF_HARM})], blind=True):
        assert "get fr33 n1tr0 &lt;b&gt;" in page
        for hidden in ("match", "free nitro", "in danger"):
            assert hidden not in page.replace("match_", "")


def test_self_harm_comes_with_help(show):
    for page in show("i want to kill myself", [("kill myself", {"category": Category.SELF_HARM})]):
        assert '<mark class="match">kill myself</mark>' in page
        assert "Somebody may be in danger" in page


def test_what_is_in_shadow_does_not_show(show):
    for page in show(triggers=[("get", {}), ("free nitro", {"mode": "shadow"})]):
        assert '<mark class="match">get</mark>' in page
        assert SHOWN not in page


def test_the_record_names_the_version_of_the_trigger(show):
    assert "added in version 1" in show()[1]
