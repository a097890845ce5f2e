"""How much each label counts, and which ones are not independent."""

import numpy as np
import pytest
from django.db import connection
from django.utils import timezone

from inference.calibration.calibrators import Logistic
from review.calibration.gate import compare
from review.calibration.labels import KINDS, Labels, new_since, usable
from review.calibration.refit_attempt import InForce, attempt
from review.models import Decision, Label
from tests.calibration.labelled import drawn_labels, make_labels, the_judge
from tests.rows import make_case, make_judge

pytestmark = pytest.mark.django_db


def read() -> Labels:
    setup = the_judge()
    return usable(setup.model, setup.rubric, timezone.now())


def second_label(label, by, rate):
    case = make_case(label.source, label.message)
    decision = Decision.objects.create(case=case, by=by, category="benign", action="allow", effective_at=timezone.now())
    return Label.objects.create(
        decision=decision,
        source=label.source,
        message=label.message,
        violation=False,
        category="benign",
        blind=True,
        cohort_rate=rate,
    )


def test_a_cohort_label_weighs_one_over_its_rate(alice):
    make_labels(3, alice, rate=0.02)
    labels = read()
    assert list(labels.estimate_weights) == [50.0] * 3
    assert list(labels.fit_weights) == [10.0] * 3


def test_a_chosen_label_weighs_one_in_a_fit(alice):
    make_labels(2, alice, rate=None)
    assert list(read().fit_weights) == [1.0, 1.0]
    assert not read().in_cohort.any()


def test_labels_on_one_text_share_its_weight(alice, bob):
    first, *_ = make_labels(2, alice, rate=0.5)
    second_label(first, bob, 0.5)
    labels = read()
    assert sorted(labels.estimate_weights) == [1.0, 1.0, 2.0]


def test_authors_and_texts_join_labels(alice):
    first, second, third, _ = make_labels(4, alice)
    type(first.message).objects.filter(pk=second.message_id).update(author=first.message.author)
    type(first.message).objects.filter(pk=third.message_id).update(text_digest=second.message.text_digest)
    group = read().group
    assert group[0] == group[1] == group[2] != group[3]


def test_messages_without_an_author_stand_alone(alice):
    labels = make_labels(3, alice)
    type(labels[0].message).objects.update(author="")
    assert len(set(read().group)) == 3


def test_no_labels_are_no_error():
    labels = read()
    assert len(labels) == 0
    assert labels.fit_weights.shape == (0,)


def test_new_labels_are_counted_up_to_the_limit(alice):
    setup, before = the_judge(), timezone.now()
    make_labels(7, alice)
    now = timezone.now()
    assert new_since(setup.model, setup.rubric, before, now, 5) == 5
    assert new_since(setup.model, setup.rubric, None, now, 50) == 7
    assert new_since(setup.model, setup.rubric, now, timezone.now(), 50) == 0


def test_the_gate_wants_a_gain_that_shows():
    rng = np.random.default_rng(0)
    true = rng.beta(1, 3, 400)
    violation = (rng.random(400) < true).astype(float)
    groups = np.arange(400)
    better = compare(true, np.full(400, 0.6), violation, np.ones(400), groups)
    worse = compare(np.full(400, 0.6), true, violation, np.ones(400), groups)
    same = compare(true, true, violation, np.ones(400), groups)
    assert better.passes
    assert not worse.passes
    assert not same.passes
    assert better.difference == pytest.approx(-worse.difference)


def test_a_gain_among_few_labels_is_not_enough():
    violation = np.r_[np.ones(10), np.zeros(30)]
    candidate = np.where(violation == 1.0, 0.3, 0.2)
    candidate[0] = 0.01
    found = compare(candidate, np.full(40, 0.25), violation, np.ones(40), np.arange(40))
    assert found.difference < 0 or found.bound > 0.002
    assert not found.passes


def test_the_gate_rarely_lets_a_worse_map_in():
    """The calibrator in force is true; candidates are fitted on 160 labels. The gate lets few of them through.

    One in ten of them may show a gain by chance, and one in twenty times a true calibrator leaves its band by chance.
    """
    true = Logistic("platt", (1.0,), 0.0, 1e6)
    passed = 0
    for seed in range(60):
        rng = np.random.default_rng(seed)
        margin = rng.normal(0, 2.5, 160)
        violation = (rng.random(160) < true.predict(margin)).astype(float)
        labels = drawn_labels(160, margin=margin, violation=violation)
        passed += attempt(labels, InForce(1, true), timezone.now()).promoted
    assert passed <= 9


def test_the_unit_is_a_text_of_a_day(alice):
    """Copies share a draw; the same text on another day has another draw, and is another unit."""
    first, second, third = make_labels(3, alice)
    digest = first.message.text_digest
    type(first.message).objects.filter(pk__in=[second.message_id, third.message_id]).update(text_digest=digest)
    type(first.message).objects.filter(pk=third.message_id).update(draw=0.5)
    labels = read()
    assert sorted(labels.estimate_weights) == [1.0, 1.0, 2.0]
    assert len(set(labels.group)) == 1


def test_labels_are_told_apart_by_how_they_came_about(alice, bob):
    drawn, chosen = make_labels(2, alice)
    Label.objects.filter(pk=chosen.pk).update(cohort_rate=None)
    type(chosen.decision.case).objects.filter(pk=chosen.decision.case_id).update(reason="appeal")
    again = second_label(drawn, bob, 0.5)
    type(again.decision.case).objects.filter(pk=again.decision.case_id).update(reason="second_opinion")
    labels = read()
    assert [KINDS[kind] for kind in labels.kind] == ["cohort", "appeal", "second_opinion"]
    assert list(labels.in_cohort) == [True, False, True]


def test_a_map_that_left_its_band_gives_way_to_a_better_one():
    """Too few labels to exclude a loss, but the calibrator in force says 60 % where one in ten is a violation."""
    violation = np.zeros(40)
    violation[::10] = 1.0
    found = compare(np.full(40, 0.5), np.full(40, 0.6), violation, np.ones(40), np.arange(40))
    assert found.active_left_its_band
    assert found.passes
    assert not compare(np.full(40, 0.7), np.full(40, 0.6), violation, np.ones(40), np.arange(40)).passes


def test_offsets_are_fitted_where_they_help_and_held_out_with_the_map():
    """In source 1 the same margins are violations far more often; the gate sees the offsets out of fold."""
    rng = np.random.default_rng(0)
    source = (np.arange(2000) % 3).astype(np.int64)
    margin = rng.normal(0, 2.5, 2000)
    shift = np.array([-1.0, 2.0, -1.0])[source]
    violation = (rng.random(2000) < 1.0 / (1.0 + np.exp(-margin - shift))).astype(float)
    labels = drawn_labels(2000, margin=margin, violation=violation, source=source)
    found = attempt(labels, None, timezone.now())
    assert set(found.figures["offsets"]["sources"]) == {"0", "1", "2"}
    plain = attempt(drawn_labels(2000, margin=margin, violation=violation), None, timezone.now())
    assert plain.figures["offsets"] == {}
    assert found.figures["gate"]["candidate"] < plain.figures["gate"]["candidate"] - 0.02


def test_the_worst_of_several_windows_fits_no_map(alice):
    model, rubric = make_judge()
    labels = make_labels(4, alice)
    long = make_labels(1, alice, seed=1)[0]
    assert new_since(model, rubric, None, timezone.now(), 100) == 5
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL moddog.purge = 'on'")
        cursor.execute("UPDATE review_score SET windows = 3 WHERE message_id = %s", [long.message_id])
    assert new_since(model, rubric, None, timezone.now(), 100) == len(labels)
