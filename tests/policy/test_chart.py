"""The chart of the policy page: recent messages by probability, with the common ladder to drag."""

import pytest

from moddog_site.variables import PROJECT
from review.charts.probability import TURN
from review.models import CertificationAttempt
from review.policy.charts import COLORS
from review.registry.policy_versions import new_version, policy_of, replaced_by
from tests.policy.cohorts import judged
from tests.rows import make_source

pytestmark = pytest.mark.django_db


def chart_of(client, source):
    return client.get(f"/policy/{source.slug}/charts/").json()["policy"]


@pytest.fixture
def traffic(source, setup):
    for category in ("toxicity", "violence"):
        judged(source, setup, [(z / 10, None) for z in range(-40, 40)], category=category, drawn=False)


def test_it_counts_what_the_table_counts(sign_in, dana, source, traffic):
    client = sign_in(dana)
    bars = chart_of(client, source)["data"][0]
    found = [round(root**2) for root in bars["y"]]
    assert sum(found) == 160
    tenths = [row["count"] for row in client.get("/policy/").context["deciles"]]
    assert [sum(found[5 * tenth : 5 * tenth + 5]) for tenth in range(10)] == tenths


def test_its_bars_have_the_colours_of_what_is_done(sign_in, dana, source, traffic):
    bars = chart_of(sign_in(dana), source)["data"][0]
    ladder = policy_of(source).ladders["default"]
    review = next(rung["at"] for rung in ladder if rung["action"] == "review")
    for middle, color in zip(bars["x"], bars["marker"]["color"], strict=True):
        assert color == COLORS["allow" if middle < 100 * review else "review"]


@pytest.mark.usefixtures("traffic")
def test_it_has_a_line_for_each_step_and_one_for_a_certified_margin(sign_in, dana, source, setup, target):
    policy = policy_of(source)
    counts = {"messages": 1000, "cohort": 500, "labels": 473, "errors": 1, "missing": 0}
    attempt = CertificationAttempt.objects.create(
        target=target, model=setup.model, rubric=setup.rubric, number=1, delta=0.03, margin=2.0, share=0.1, **counts
    )
    certified = {"margin": 2.0, "model": setup.key.model, "rubric": setup.key.rubric, "attempt": attempt.pk}
    rungs = [
        {"at": 0, "action": "allow"},
        {"at": 0.3, "action": "review"},
        {"at": 0.85, "action": "hide", "supervised": True, "certified": certified},
    ]
    new_version(source, dana, replaced_by({"default": rungs}, policy.audit_rate))
    layout = chart_of(sign_in(dana), source)["layout"]
    assert [(label["name"], label["text"], label["visible"]) for label in layout["annotations"]] == [
        ("review", "review 30 %", True),
        ("hide", "hide 85 %, people first", True),
        ("remove", "remove", False),
        ("hide, certified", "hide, certified", True),
    ]
    assert layout["annotations"][3]["x"] == pytest.approx(100 / (1 + 2.718281828**-2), abs=0.5)


def test_without_a_calibrator_it_says_what_will_appear(sign_in, dana, db):
    source = make_source()
    chart = chart_of(sign_in(dana), source)
    assert chart["data"] == []
    assert "drawn here" in chart["layout"]["annotations"][0]["text"]


def test_it_belongs_to_the_admins_of_the_source(client, sign_in, source, make_person):
    address = f"/policy/{source.slug}/charts/"
    assert client.get(address)["Location"].startswith("/accounts/login/")
    assert sign_in(make_person("erin", "admin", make_source("elsewhere"))).get(address).status_code == 404
    assert sign_in(make_person("frank", "moderator", source)).get(address).status_code == 404


def test_the_page_turns_labels_where_the_figure_does():
    assert f"const TURN = {TURN};" in (PROJECT / "static" / "js" / "policy.js").read_text()
