"""A person beside themselves before, by known answers and adjudications; and the mix of gold items that admins set."""

from collections import Counter
from datetime import timedelta

import numpy as np
import pytest
from django.utils import timezone

from inference.reliability.agreement import change
from review.models import AuditEntry, Decision, GoldItem, GoldShowing, QualityFigures, QualityRates, SecondOpinion
from review.quality import comparisons, figures, gold
from tests.quality.conftest import come_round, rule
from tests.rows import make_case


def test_the_interval_of_a_change_holds_as_often_as_it_says() -> None:
    random, held = np.random.default_rng(3), 0
    for _ in range(2_000):
        found = change(random.binomial(40, 0.8), 40, random.binomial(90, 0.9), 90)
        held += found.low <= -0.1 <= found.high
    assert 0.93 < held / 2_000 < 0.985
    assert change(9, 9, 80, 90) is None


def answer(item, person, category, ago):
    """What somebody answered to a gold item so long ago."""
    case = make_case(item.source, item.message, reason="gold", state="decided", blind=True)
    GoldShowing.objects.create(item=item, case=case)
    at = timezone.now() - ago
    made = Decision.objects.create(case=case, by=person, category=category, action="allow", effective_at=at)
    Decision.objects.filter(pk=made.pk).update(created_at=at)


@pytest.fixture
def item(arcade, root):
    return gold.write_item(arcade, "go back home", "hate_speech", root, author="wren", channel="ranked")


@pytest.mark.django_db
def test_who_got_worse_is_told_so_themselves_and_to_admins(arcade, item, alice, dana, sign_in):
    for number in range(60):
        answer(item, alice, "hate_speech" if number % 20 else "benign", timedelta(days=60))
    for number in range(30):
        answer(item, alice, "hate_speech" if number % 2 else "benign", timedelta(days=3))
    answer(item, alice, "benign", timedelta(days=300))  # too long ago
    figures.count(arcade)
    drift = QualityFigures.objects.get(person=alice).data["drift"]
    assert (drift["now"]["value"], drift["before"]["value"], drift["is_sure"]) == (0.5, 0.95, True)
    assert drift["change"]["low"] < -0.45 < drift["change"]["high"] < 0
    assert "less often right than before" in sign_in(alice).get("/me/").content.decode()
    page = sign_in(dana).get("/team/").content.decode()
    assert "Beside themselves before" in page and "less often right than before" in page


@pytest.mark.django_db
def test_an_adjudication_says_who_of_two_was_right(arcade, alice, bob, make_person, drawn_case):
    sam = make_person("sam", "senior")
    case = drawn_case()
    rule(alice, "toxicity", case)
    come_round()
    rule(bob, "benign", SecondOpinion.objects.get().case)
    come_round()
    rule(sam, "toxicity", SecondOpinion.objects.get().adjudication)
    checked = comparisons.checked(arcade, timezone.now())
    assert checked == {alice.pk: (1, 1, 0, 0), bob.pk: (0, 1, 0, 0)}


@pytest.mark.django_db
@pytest.mark.usefixtures("alice", "bob")
def test_the_mix_that_an_admin_set_is_what_comes_up(arcade, dana, root, sign_in, drawn_case):
    QualityRates.objects.update(second_opinions=0.0)
    for category in ("benign", "toxicity", "violence"):
        for number in range(8):
            gold.write_item(arcade, f"{category} {number}", category, root, author="wren", channel="")
    client = sign_in(dana)
    page = client.get("/team/arcade/gold/").content.decode()
    assert "The mix" in page
    names = ("benign", "toxicity", "harassment", "hate_speech", "sexual_content", "violence", "spam", "self_harm")
    weights = dict.fromkeys(names, 0) | {"benign": 1, "toxicity": 3}
    assert "At least one class" in client.post("/team/arcade/gold/mix/", dict.fromkeys(names, 0)).content.decode()
    client.post("/team/arcade/gold/mix/", weights)
    assert QualityRates.objects.get().gold_mix == weights
    assert AuditEntry.objects.filter(verb="set gold mix", source=arcade).exists()
    for number in range(8):
        drawn_case(f"text {number}")
    gold.open_due()
    assert Counter(GoldItem.objects.filter(showings__isnull=False).values_list("category", flat=True)) == {
        "toxicity": 6,
        "benign": 2,
    }
    client.post("/team/arcade/gold/mix/", dict.fromkeys(names, 5))
    assert QualityRates.objects.get().gold_mix == {}


@pytest.mark.django_db
def test_only_admins_set_the_mix(arcade, make_person, sign_in):
    client = sign_in(make_person("sam", "senior", arcade))
    assert "The mix" not in client.get("/team/arcade/gold/").content.decode()
    assert client.post("/team/arcade/gold/mix/", {"benign": 1}).status_code == 404
