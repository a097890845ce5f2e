"""/settings/: keys that a person has moved, or switched off."""

import pytest

from review.desk.keys import MOVABLE

pytestmark = pytest.mark.django_db


def chosen(**moved):
    return {"enabled": "on", **{usual: moved.get(usual, usual) for usual in MOVABLE}}


def test_a_moved_key_stands_on_its_button(alice, sign_in, held):
    client = sign_in(alice)
    assert client.post("/settings/", chosen(T="m", J="q")).status_code == 302
    page = client.get("/").content.decode()
    assert 'data-key="M"' in page and 'data-key="T"' not in page
    assert "<kbd>Q</kbd>" in page and 'data-key="J"' not in page
    assert 'value="M"' in client.get("/settings/").content.decode()


def test_others_keep_theirs(alice, bob, sign_in, held):
    sign_in(alice).post("/settings/", chosen(T="m"))
    assert 'value="M"' not in sign_in(bob).get("/settings/").content.decode()


def test_switched_off_no_button_has_a_key(alice, sign_in, held):
    client = sign_in(alice)
    client.post("/settings/", {**chosen(), "enabled": ""})
    desk = client.get("/").content.decode().split('id="keys"')[0]
    assert "data-key=" not in desk and "aria-keyshortcuts" not in desk and "<kbd>" not in desk


@pytest.mark.parametrize(
    "moved, why",
    [
        ({"T": "H"}, "H is there twice"),
        ({"J": "1"}, "stands for a rule"),
        ({"J": "é"}, "one letter from A to Z"),
        ({"J": "?"}, "one letter from A to Z"),
    ],
)
def test_keys_that_could_not_be_told_apart_change_nothing(alice, sign_in, moved, why):
    client = sign_in(alice)
    answer = client.post("/settings/", chosen(**moved))
    assert answer.status_code == 400 and why in answer.content.decode()
    alice.refresh_from_db()
    assert alice.keys == {}


def test_back_to_the_usual_keys(alice, sign_in):
    client = sign_in(alice)
    client.post("/settings/", chosen(T="M"))
    client.post("/settings/", {**chosen(T="M"), "reset": "yes"})
    alice.refresh_from_db()
    assert alice.keys == {}


def test_it_needs_a_role(charlie, sign_in):
    assert sign_in(charlie).get("/settings/").status_code == 403
