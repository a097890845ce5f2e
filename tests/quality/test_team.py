"""/team/, /me/, the rates on the policy page, and gold items: who sees and may do what."""

import re

import pytest
from django.utils import timezone

from review.insight import load
from review.models import AuditEntry, GoldItem, QualityFigures, QualityRates, Reason, SecondOpinion
from review.quality import figures
from review.quality.people import NAMED_FROM
from tests.quality.conftest import come_round, rule
from tests.rows import make_rule, make_source

pytestmark = pytest.mark.django_db


@pytest.fixture
def senior(make_person):
    return make_person("sam", "senior")


@pytest.fixture
def compared(arcade, alice, bob, drawn_case):
    """Twelve decisions made twice, of which three differ; what the two differ on is not adjudicated."""
    for number in range(12):
        case = drawn_case(f"text {number}")
        rule(alice, "toxicity" if number % 2 else "benign", case)
        come_round()
        second = SecondOpinion.objects.latest("pk").case
        rule(bob, "toxicity" if number % 2 or number < 6 else "benign", second)
        come_round()
    return arcade


def keep(source, person, n):
    """Figures of a person as beat keeps them, with `n` compared decisions."""
    data = {"agreement": None, "gold": {"value": 0.9, "low": 0.8, "high": 0.96, "n": n}, "missed": [], "n": n}
    QualityFigures.objects.create(source=source, person=person, data=data, seed=0, computed_at=timezone.now())


def test_the_team_sees_how_far_people_agree_and_where_they_part(compared, senior, sign_in):
    assert figures.count_changed() == 1
    page = sign_in(senior).get("/team/").content.decode()
    assert "People agree in 75 %" in page
    assert "no model can be surer than that here" in page
    assert "Benign and toxicity" in page
    assert "All categories" in page and "Both judged blind" in page


def test_agreement_is_by_rule_as_well(alice, bob, dana, drawn_case, sign_in):
    arcade = make_source()
    attacks, spam = make_rule(arcade), make_rule(arcade, "No adverts", category="spam")
    for number in range(12):
        rule(alice, "toxicity", drawn_case(f"text {number}"), rule=attacks)
        come_round()
        by = spam if number < 3 else attacks
        rule(bob, by.category, SecondOpinion.objects.latest("pk").case, rule=by)
        come_round()
    figures.count(arcade)
    scopes = {each["name"]: each for each in QualityFigures.objects.get(person=None).data["scopes"]}
    assert scopes["Rule: No personal attacks"]["share"]["value"] == scopes["Rule: No adverts"]["share"]["value"] == 0.75
    assert "Rule: No adverts" in sign_in(dana).get("/team/").content.decode()


def test_a_large_team_does_not_hide_its_people(arcade, alice, bob, drawn_case, monkeypatch):
    """Agreement is resampled from the newest items alone; a person's own figures count all of theirs."""
    monkeypatch.setattr(figures, "RESAMPLED", 10)
    for number in range(12):
        rule(alice, "toxicity", drawn_case(f"text {number}"))
        come_round()
        rule(bob, "toxicity", SecondOpinion.objects.latest("pk").case)
        come_round()
    figures.count(arcade)
    assert QualityFigures.objects.get(person=alice).data["n"] == 12
    assert QualityFigures.objects.get(person=None).data["scopes"][0]["n"] == 10


def test_what_waits_and_what_was_severe_is_what_beat_counted(alice, bob, senior, drawn_case, sign_in):
    rule(alice, "violence", drawn_case())
    come_round()
    rule(bob, "benign", SecondOpinion.objects.get().case)
    rule(alice, "benign", drawn_case("another"))
    come_round()
    page = sign_in(senior).get("/team/").content.decode()
    assert "Nothing was counted in the last minutes" in page
    load.roll_up()
    found = load.load_of(make_source())
    assert (found.row.second_opinions, found.row.adjudications, found.severe) == (1, 1, 1)
    facts = re.findall(r'<dd class="tabular">\s*(\d+)\s*</dd>', sign_in(senior).get("/team/").content.decode())
    assert facts == ["1", "1", "1"]


def test_figures_are_counted_again_only_where_somebody_was_compared(compared):
    assert figures.count_changed() == 1
    assert figures.count_changed() == 0


def test_the_page_counts_nothing(compared, senior, sign_in, django_assert_max_num_queries):
    figures.count_changed()
    client = sign_in(senior)
    with django_assert_max_num_queries(20):
        client.get("/team/")


def test_without_figures_it_says_what_it_takes(senior, sign_in, arcade):
    page = sign_in(senior).get("/team/").content.decode()
    assert "Nothing to say yet" in page and "No gold item has been answered yet" in page


@pytest.fixture
def many_and_few(arcade, alice, bob):
    """Alice was compared often enough to be named, bob once too seldom."""
    keep(arcade, alice, NAMED_FROM)
    keep(arcade, bob, NAMED_FROM - 1)


def test_a_person_is_named_to_admins_alone_and_from_enough_decisions_on(many_and_few, senior, dana, sign_in):
    seen = sign_in(dana).get("/team/").content.decode().split("People</h2>")[1]
    assert "<bdi>alice</bdi>" in seen and "<bdi>bob</bdi>" not in seen  # without its brackets a token may hold it
    assert "alice" not in sign_in(senior).get("/team/").content.decode()


@pytest.mark.parametrize("person, status", [("alice", 403), ("charlie", 403), ("senior", 200), ("dana", 200)])
def test_the_team_is_for_seniors_and_admins(request, sign_in, arcade, person, status):
    assert sign_in(request.getfixturevalue(person)).get("/team/").status_code == status


def test_without_a_community_an_instance_admin_is_led_to_naming_one(root, make_person, sign_in):
    page = sign_in(root).get("/team/").content.decode()
    assert "No community is here yet" in page and "Your role does not reach" not in page
    assert "Name the first one" in page
    assert "Name the first one" not in sign_in(make_person("sam", "senior")).get("/team/").content.decode()


def test_everybody_sees_their_own_and_nobody_else_s(arcade, alice, bob, sign_in):
    keep(arcade, alice, 12)
    assert "90 %" in sign_in(alice).get("/me/").content.decode()
    assert "Nothing to compare yet" in sign_in(bob).get("/me/").content.decode()


def test_an_admin_sets_the_rates_on_the_policy_page(dana, sign_in):
    source = make_source("forum")
    client = sign_in(dana)
    assert 'action="/team/forum/rates/"' in client.get("/policy/?source=forum").content.decode()
    client.post("/team/forum/rates/", {"second_opinions": "7", "gold": "10"})
    rates = QualityRates.objects.get(source=source)
    assert (rates.second_opinions, rates.gold) == (0.07, 0.1)
    assert AuditEntry.objects.filter(verb="set quality rates").count() == 1
    assert 'value="7"' in client.get("/policy/?source=forum").content.decode()


@pytest.mark.parametrize("sent", [{"second_opinions": "101", "gold": "1"}, {"second_opinions": "x"}, {}])
def test_rates_that_are_none_change_nothing(dana, sign_in, sent):
    make_source("forum")
    page = sign_in(dana).post("/team/forum/rates/", sent, follow=True).content.decode()
    assert "Nothing was changed" in page
    assert not QualityRates.objects.exists()


def test_gold_that_is_switched_on_draws_for_nothing_that_came_before(dana, sign_in, arcade, drawn_case):
    QualityRates.objects.update(gold=0.0)
    case = drawn_case()
    sign_in(dana).post("/team/arcade/rates/", {"second_opinions": "0", "gold": "100"})
    assert QualityRates.objects.get().gold_up_to == case.pk


@pytest.mark.parametrize("person", ["alice", "senior"])
def test_rates_are_for_admins(request, sign_in, arcade, person):
    client = sign_in(request.getfixturevalue(person))
    assert client.post("/team/arcade/rates/", {"second_opinions": "1", "gold": "1"}).status_code == 404


def test_a_senior_writes_an_item_and_reads_it_but_no_other_senior_does(arcade, senior, make_person, sign_in):
    sent = {"text": "<b>go</b> home", "category": "hate_speech", "author": "wren", "channel": "ranked"}
    client = sign_in(senior)
    assert client.post("/team/arcade/gold/write/", sent).status_code == 302
    item = GoldItem.objects.get()
    assert (item.category, item.known_to, item.message.text) == ("hate_speech", [senior.pk], "<b>go</b> home")
    assert "&lt;b&gt;go&lt;/b&gt; home" in client.get("/team/arcade/gold/").content.decode()
    entry = AuditEntry.objects.get(verb="wrote gold item")
    assert "home" not in str(entry.details)
    page = sign_in(make_person("tess", "senior")).get("/team/arcade/gold/").content.decode()
    assert "hidden, since you may be asked it" in page and "home" not in page and "Hate speech</td>" not in page


def test_an_item_without_a_text_is_refused_with_the_reason(arcade, senior, sign_in):
    page = sign_in(senior).post("/team/arcade/gold/write/", {"category": "benign", "author": "wren"})
    assert "This field is required." in page.content.decode()
    assert not GoldItem.objects.exists()


def test_a_retired_item_opens_no_more(arcade, senior, alice, drawn_case, sign_in):
    client = sign_in(senior)
    client.post("/team/arcade/gold/write/", {"text": "hi", "category": "benign", "author": "wren"})
    client.post(f"/team/arcade/gold/{GoldItem.objects.get().pk}/retire/")
    drawn_case()
    come_round()
    assert not arcade.cases.filter(reason=Reason.GOLD).exists()


@pytest.fixture
def parted(alice, bob, senior, drawn_case):
    """Alice and bob decided differently."""
    drawn_case("a text on which two parted")
    rule(alice, "toxicity")
    come_round()
    rule(bob, "benign")
    come_round()


def test_what_a_senior_adjudicated_becomes_gold(parted, senior, sign_in):
    decision = rule(senior, "benign")
    client = sign_in(senior)
    assert "a text on which two parted" in client.get("/team/arcade/gold/").content.decode()
    client.post(f"/team/arcade/gold/from/{decision.case_id}/")
    assert GoldItem.objects.get().adjudication_id == decision.case_id


@pytest.mark.parametrize("path", ["gold/", "gold/write/", "gold/1/retire/", "gold/from/1/"])
def test_gold_is_for_seniors(arcade, alice, sign_in, path):
    client = sign_in(alice)
    send = client.get if path == "gold/" else client.post
    assert send(f"/team/arcade/{path}").status_code == 404
