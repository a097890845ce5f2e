"""Which calibrator is in force."""

import pytest

from review.models import AuditEntry, CalibratorVersion, ModelVersion
from review.registry.calibrators import activate, active_calibrator, read, seed_shipped_calibrator
from tests.rows import make_calibrator, make_judge

pytestmark = pytest.mark.django_db

SHIPPED = {"kind": "platt", "slopes": [1.2], "intercept": -2.0, "n": 5000, "provisional": True, "model_hash": "ab"}


def test_the_shipped_map_becomes_the_first_calibrator():
    model, rubric = make_judge()
    seeded = seed_shipped_calibrator(model, rubric, SHIPPED)
    assert seeded == active_calibrator(model, rubric)
    assert (seeded.version, seeded.kind, seeded.provisional) == (1, "platt", True)
    assert seeded.activations.get().why == "shipped with the model"
    assert read(seeded).predict([0.0])[0] == pytest.approx(0.1192, abs=1e-4)


def test_it_is_seeded_once_and_never_over_another():
    model, rubric = make_judge()
    seed_shipped_calibrator(model, rubric, SHIPPED)
    assert seed_shipped_calibrator(model, rubric, SHIPPED) is None
    assert CalibratorVersion.objects.count() == 1
    own = make_calibrator()
    assert seed_shipped_calibrator(model, rubric, SHIPPED) is None
    assert active_calibrator(model, rubric) == own


def test_what_is_no_map_is_not_seeded():
    model, rubric = make_judge()
    with pytest.raises(ValueError, match="no calibrator"):
        seed_shipped_calibrator(model, rubric, {"kind": "guess"})
    assert active_calibrator(model, rubric) is None


def test_the_latest_activation_is_in_force(root):
    model, rubric = make_judge()
    first, second = make_calibrator(), make_calibrator()
    assert active_calibrator(model, rubric) == second
    activate(first, root, "rolled back")
    assert active_calibrator(model, rubric) == first
    entry = AuditEntry.objects.get(verb="activated calibrator")
    assert (entry.actor, entry.target_id) == (root, first.pk)


def test_another_model_has_its_own():
    make_calibrator()
    _, rubric = make_judge()
    other = ModelVersion.objects.create(name="other", location="x", weights_hash="0" * 64, fingerprint="0" * 64)
    assert active_calibrator(other, rubric) is None
