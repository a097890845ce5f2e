"""A declared cohort: counted in fits, the gate and figures, never in what certificates rest on."""

from datetime import timedelta

import pytest
from django.utils import timezone

from inference.categories import CATEGORIES
from review.calibration.labels import KINDS, usable
from review.intake.imports import decide_imported
from review.intake.labels import Labelled
from review.intake.rows import Row
from review.intake.storing import store
from review.models import Category, Message
from review.policy.cohort_evidence import cohort_sample
from review.registry.scoring_setup import ScoringSetup
from tests.rows import make_judge, make_verdict


@pytest.fixture
def imported(source):
    """`imported(drawn)`: two messages, imported with rulings, then judged by the model, which drew them as well."""

    def make(drawn):
        store(source, [Row("1", "nice"), Row("2", "awful")])
        rulings = {"1": Category.BENIGN, "2": Category.TOXICITY}
        assert decide_imported(source, rulings, Labelled("flag", drawn)).new == 2
        for message in Message.objects.all():
            make_verdict(message, cohort_rate=0.05)

    return make


def test_it_counts_in_calibration_and_is_marked(imported):
    imported(0.25)
    labels = usable(*make_judge(), timezone.now())
    assert labels.rate.tolist() == [0.25, 0.25]
    assert labels.in_cohort.all()
    assert labels.estimate_weights.tolist() == [4.0, 4.0]
    assert {KINDS[kind] for kind in labels.kind} == {"declared"}


def test_without_a_rate_it_only_helps_to_fit(imported):
    imported(None)
    labels = usable(*make_judge(), timezone.now())
    assert not labels.in_cohort.any()
    assert {KINDS[kind] for kind in labels.kind} == {"import"}


def test_it_certifies_nothing(imported, source):
    imported(0.25)
    later = timezone.now() + timedelta(hours=1)
    sample = cohort_sample(source, ScoringSetup(*make_judge()), CATEGORIES, above=True, before=later)
    assert len(sample) == 0
