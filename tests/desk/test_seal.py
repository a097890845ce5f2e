"""Blind cases: nothing of the model's, nor why they came, reaches a page before the ruling is in effect."""

import pytest

from review.desk import claims, decisions
from review.models import Case, Outcome, sealing
from tests.rows import make_message

pytestmark = pytest.mark.django_db

GIVEAWAYS = (
    *("58 %", "0.58", ">.58", "likely to be ruled", "Mocks a team-mate", "0.95", "margin", "provenance"),
    *("Why it is here", "audit", "borderline", "cohort", "calibrator", "policy 1", "is-likely", "nano"),
)


@pytest.fixture
def ruled(alice, blind):
    case = claims.take_next(alice)
    return decisions.decide(alice, case.pk, case.claim_token, "benign")


def giveaways(page):
    """Words of the page's own part, or of a row, that tell something: the header links to pages of such names."""
    shown = page.partition("<main")[2] or page
    return [words for words in GIVEAWAYS if words in shown]


def test_the_desk_shows_the_message_and_nothing_of_the_model(alice, sign_in, blind):
    claims.take_next(alice)
    page = sign_in(alice).get("/").content.decode()
    assert "uninstall, do us all a favour" in page
    assert "This case is blind" in page
    assert giveaways(page) == []


@pytest.mark.parametrize("person", ["alice", "dana", "root"])
def test_its_own_page_hides_as_much_from_everybody(request, person, sign_in, blind):
    page = sign_in(request.getfixturevalue(person)).get(f"/cases/{blind.pk}/").content.decode()
    page = page.split("<main")[1]  # an admin's menu has a log to audit
    assert "uninstall, do us all a favour" in page
    assert giveaways(page) == []


def test_what_the_policy_did_by_itself_stays_hidden(alice, sign_in, blind):
    message = blind.messages.get()
    Outcome.objects.create(message=message, seq=1, action="hide", why="rung", verdict=blind.verdict)
    earlier = make_message(blind.source)
    Outcome.objects.create(message=earlier, seq=1, action="remove", why="rung")
    claims.take_next(alice)
    client = sign_in(alice)
    for path in ("/", f"/cases/{blind.pk}/"):
        page = client.get(path).content.decode()
        assert "nothing decided yet" in page
        assert "is-hide" not in page and "fill-remove" not in page


def test_the_list_calls_it_blind_whatever_its_reason(alice, sign_in, blind):
    page = sign_in(alice).get("/queue/").content.decode()
    row = page[page.index("<tbody>") :]
    assert "blind" in row
    assert giveaways(row) == []


@pytest.mark.parametrize("reason", ["audit", "borderline"])
def test_no_filter_tells_its_reason(alice, sign_in, blind, reason):
    assert "uninstall" not in sign_in(alice).get("/queue/", {"reason": reason}).content.decode()


def test_no_order_tells_its_margin(alice, sign_in, judged, blind):
    Case.objects.update(margin=0.4)
    assert "uninstall" not in sign_in(alice).get("/queue/", {"order": "likeliest"}).content.decode()


def test_a_ruling_that_can_still_be_undone_does_not_unseal(alice, sign_in, ruled):
    assert sealing.is_sealed(ruled.case)
    assert giveaways(sign_in(alice).get(f"/cases/{ruled.case_id}/").content.decode()) == []


def test_it_opens_once_the_ruling_is_in_effect(alice, sign_in, blind, settings):
    settings.MODDOG_UNDO_SECONDS = 0
    case = claims.take_next(alice)
    decisions.decide(alice, case.pk, case.claim_token, "benign")
    page = sign_in(alice).get(f"/cases/{case.pk}/").content.decode()
    assert "58 % likely to be ruled a violation" in page
    assert "was blind" in page


def test_a_case_that_is_not_blind_is_never_sealed(judged):
    assert not sealing.is_sealed(judged())
