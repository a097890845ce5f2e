"""Cases like one: how many wait, which are decided together, and what a blind case keeps to itself."""

import pytest

from review.desk import claims
from review.desk.similar_views import like
from review.models import Case, Decision
from tests.rows import make_source, make_vector

pytestmark = pytest.mark.django_db


@pytest.fixture
def raid(judged):
    """Three cases that are alike, in the order of nearness to the first, and one that is not."""
    texts = {"raid on friday": (1.0, 0.0), "raid on friday 4711": (1.0, 0.02), "@wren raid on friday": (1.0, 0.1)}
    cases = [judged(text) for text in (*texts, "well played")]
    for case, numbers in zip(cases, (*texts.values(), (0.0, 1.0)), strict=True):
        make_vector(case, *numbers)
    return cases[:3]


def line(client, case):
    return client.get(f"/cases/{case.pk}/similar/").content.decode()


def test_the_desk_asks_for_the_line_and_it_leads_to_the_stack(alice, sign_in, raid):
    claims.open_case(alice, raid[0].pk)
    client = sign_in(alice)
    assert f'hx-get="/cases/{raid[0].pk}/similar/"' in client.get("/").content.decode()
    assert "2 like this are waiting" in line(client, raid[0])
    page = client.get("/queue/bulk/", {"like": raid[0].pk}).content.decode()
    places = [page.index(f'value="{case.pk}"') for case in raid]
    assert places == sorted(places), "the case itself first, then what is nearest"
    assert "well played" not in page
    assert page.count('form="bulk"') == page.count("checked") == 3


def test_what_was_left_out_stays_and_one_undo_brings_the_rest_back(alice, sign_in, raid):
    client = sign_in(alice)
    claims.open_case(alice, raid[0].pk)
    asked = {"case": [raid[0].pk, raid[1].pk], "decision": "category:spam"}
    page = client.get("/queue/bulk/", asked).content.decode()
    assert "Removes 2 messages of 1 author: Spam" in page
    done = client.post("/queue/bulk/decide/", asked | {"words": "Removes 2 messages of 1 author: Spam"})
    assert set(Decision.objects.values_list("case", flat=True)) == {raid[0].pk, raid[1].pk}
    assert like(alice, raid[2]) == []
    client.post(f"{done.headers['Location']}undo/")
    assert like(alice, raid[2]) == [raid[1].pk, raid[0].pk]


def test_what_others_hold_is_not_counted(alice, bob, sign_in, raid):
    claims.open_case(bob, raid[1].pk)
    assert "1 like this is waiting" in line(sign_in(alice), raid[0])


def test_nothing_tells_of_blind_cases_nor_is_told_beside_one(alice, sign_in, raid, blind):
    client = sign_in(alice)
    Case.objects.filter(pk__in=[raid[1].pk, raid[2].pk]).update(blind=True)
    assert line(client, raid[0]).strip() == line(client, raid[1]).strip() == line(client, blind).strip() == ""
    claims.open_case(alice, blind.pk)
    assert "similar" not in client.get("/").content.decode()
    page = client.get("/queue/bulk/", {"like": blind.pk}).content.decode()
    assert "There is nothing to decide together" in page


def test_it_says_where_nothing_can_be_compared(alice, sign_in, judged):
    case = judged()
    client = sign_in(alice)
    assert "It was judged before it came to people" in line(client, case)
    model = case.verdict.score.model
    model.precision = "server llama-guard"
    model.save(update_fields=["precision"])
    assert "A server judges here" in line(client, case)


def test_other_sources_answer_404(make_person, sign_in, raid):
    outsider = make_person("erin", "moderator", make_source("library"))
    assert sign_in(outsider).get(f"/cases/{raid[0].pk}/similar/").status_code == 404
    page = sign_in(outsider).get("/queue/bulk/", {"like": raid[0].pk}).content.decode()
    assert "There is nothing to decide together" in page and "raid on friday" not in page


def test_what_makes_no_sense_in_the_address_is_nothing(alice, sign_in):
    for given in ("", "x", "-1", "9" * 30, "٣"):
        assert (
            "There is nothing to decide together"
            in sign_in(alice).get("/queue/bulk/", {"like": given}).content.decode()
        )
