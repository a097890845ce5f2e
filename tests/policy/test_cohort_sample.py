"""What certificates rest on: counted in the database, and the same as if every message were read one by one."""

from collections import defaultdict
from datetime import timedelta

import numpy as np
import pytest
from django.utils import timezone

from inference.categories import CATEGORIES
from inference.guarantees.certify import certify
from inference.guarantees.risk_targets import RiskTarget as PureTarget
from inference.guarantees.traffic import Traffic
from review.models import Label, Message, ModelVersion, Score
from review.policy.certification import attempt_certification
from review.policy.cohort_evidence import LEAST_RATE, TIME_TO_DECIDE, cohort_sample
from review.policy.label_histograms import label_histograms
from review.registry.policy_versions import new_version, policy_of, replaced_by
from tests.policy.cohorts import judged

pytestmark = pytest.mark.django_db
KINDS = {
    "wrong_removals": True,
    "false_positives_per_benign": True,
    "misses_per_allowed": False,
    "violations_allowed": False,
}


def one_by_one(source, setup):
    """Every first message of a text and a day as a row of its own: the plain, slow way."""
    firsts = {}
    scores = Score.objects.filter(message__source=source, model=setup.model).select_related("message")
    for score in scores.order_by("message_id"):
        if score.message.received_at < timezone.now() - TIME_TO_DECIDE:
            firsts.setdefault((bytes(score.message.text_digest), score.message.received_at.date()), score)
    labels = defaultdict(list)
    for label in Label.objects.filter(decision__undone_at=None):
        labels[label.message_id].append(float(label.violation))
    rows = []
    for score in firsts.values():
        verdict = score.verdicts.order_by("id").first()
        ruled = labels.get(score.message_id) if verdict.cohort_rate is not None else None
        share = np.mean(ruled) if ruled else np.nan
        rows.append((score.margin, verdict.rate, verdict.cohort_rate is not None, share, verdict.policy_id))
    margin, rate, drawn, violation, policy = map(np.array, zip(*rows, strict=True))
    return Traffic(
        margin.astype(float),
        np.maximum(rate, LEAST_RATE),
        drawn.astype(bool),
        violation.astype(float),
        drawn.astype(bool) & np.isnan(violation.astype(float)),
        rate_period=np.unique(policy, return_inverse=True)[1],
    )


def random_traffic(source, setup, rng):
    """Two policies, several rates, texts that come again, some that nobody has decided yet."""
    for version in range(2):
        if version:
            new_version(source, None, replaced_by(policy_of(source).ladders, 0.3))
        for rate, drawn, number in ((1.0, True, 60), (0.2, True, 25), (0.2, False, 90)):
            margins = np.round(rng.normal(0.0, 2.0, number), 1)
            labels = [None if rng.random() < 0.05 else bool(rng.random() < 1 / (1 + np.exp(-3 * z))) for z in margins]
            texts = [f"{version} {rate} {drawn} {rng.integers(number)}" for _ in range(number)]
            ago = timedelta(days=float(rng.integers(2, 9)))
            found = list(zip(margins.tolist(), labels, strict=True))
            judged(source, setup, found, rate=rate, drawn=drawn, texts=texts, ago=ago)


@pytest.mark.parametrize("seed", [1, 2])
def test_counted_in_the_database_it_certifies_the_same(source, setup, seed):
    random_traffic(source, setup, np.random.default_rng(seed))
    plain = one_by_one(source, setup)
    for kind, above in KINDS.items():
        sample = cohort_sample(source, setup, CATEGORIES, above=above)
        assert len(sample) == len(plain.margin)
        for risk in (0.02, 0.1, 0.25, 0.45):
            target = PureTarget(kind, risk, 0.1)
            ours, theirs = (certify(traffic, target, above=above) for traffic in (sample.traffic, plain))
            assert repr(ours) == repr(theirs)


def test_the_rest_is_counted_and_does_not_come_out_row_by_row(source, setup):
    judged(source, setup, [(1.0, True), (3.0, True)])
    judged(source, setup, [(margin / 100, None) for margin in range(400)], drawn=False)
    sample = cohort_sample(source, setup, CATEGORIES, above=True)
    assert (len(sample), len(sample.message)) == (402, 2)
    counted = zip(sample.rest.margin.tolist(), sample.rest.count.tolist(), strict=True)
    assert sorted(counted) == [(0.0, 100), (1.0, 200), (3.0, 100)]


def test_each_drawn_text_knows_its_place_among_all(source, setup):
    judged(source, setup, [(1.0, None)] * 3, drawn=False)
    judged(source, setup, [(1.0, True)])
    judged(source, setup, [(1.0, None)], drawn=False)
    sample = cohort_sample(source, setup, CATEGORIES, above=True)
    assert (sample.place.tolist(), len(sample)) == ([4], 5)


def test_what_the_model_was_taught_says_nothing_of_it(source, setup, target):
    """As after a fine-tuned candidate was promoted: its own lessons, and later copies of them."""
    taught = judged(source, setup, [(2.0, True)] * 50)
    setup.model.taught.set(Label.objects.all())
    judged(source, setup, [(2.0, True)] * 50, texts=[message.text for message in taught], ago=timedelta(days=3))
    judged(source, setup, [(2.0, True)] * 3)
    assert len(cohort_sample(source, setup, CATEGORIES, above=True)) == 3
    assert attempt_certification(target, setup).messages == 3
    assert label_histograms(source, setup)["toxicity"].labels.sum() == 3


def test_another_model_learnt_nothing_from_it(source, setup):
    judged(source, setup, [(2.0, True)] * 5)
    other = ModelVersion.objects.create(name="x", location="x", weights_hash="e" * 64, fingerprint="e" * 64)
    other.taught.set(Label.objects.all())
    assert len(cohort_sample(source, setup, CATEGORIES, above=True)) == Message.objects.count() == 5
