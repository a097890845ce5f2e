"""A real worker follows the registry: it scores in shadow, and judges with what was promoted, and with what is brought
back."""

import json
import shutil
from pathlib import Path

import pytest

from inference.scoring.fingerprint import fingerprint
from inference.shipped_model import NANO
from moddog_site.celery import app
from review.candidates import promotion
from review.models import CalibratorVersion, ModelVersion, Score, Source
from review.registry.calibrators import activate as activate_calibrator
from review.registry.model_versions import activate, set_shadow
from review.registry.scoring_setup import ScoringSetup, active_setup
from tests.rows import make_pending, make_source
from tests.stack import wait_until


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """nano's weights as another model: a note in its configuration changes its hash."""
    folder = tmp_path / "copied"
    shutil.copytree(NANO, folder)
    described = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(described | {"note": "copied"}))
    return folder


def evaluate_score(source: Source, text: str) -> ModelVersion:
    message = make_pending(source, text)
    app.send_task("review.judging.tasks.classify_pending", queue="inference")
    wait_until(message.verdicts.exists, 60)
    return message.verdicts.get().score.model


@pytest.mark.django_db(transaction=True)
def test_a_candidate_goes_from_shadow_to_judging_and_back(worker, copy, root):
    source = make_source()
    first = evaluate_score(source, "judged by the first")
    before = active_setup()
    candidate = ModelVersion.objects.create(
        name="copied",
        location=str(copy),
        weights_hash=fingerprint(str(copy)),
        fingerprint=fingerprint(str(copy)),
        base=first,
    )
    set_shadow(candidate, root, on=True)
    app.send_task("review.judging.tasks.score_in_shadow", queue="inference")
    wait_until(lambda: Score.objects.filter(model=candidate).exists(), 60)
    assert Score.objects.get(model=candidate).verdicts.count() == 0

    setup = ScoringSetup(candidate, before.rubric)
    calibrator = CalibratorVersion.objects.create(
        model=candidate, rubric=setup.rubric, version=1, kind="platt", parameters=MAP
    )
    activate_calibrator(calibrator, root, "for a test")
    activate(candidate, root)
    assert evaluate_score(source, "judged by the candidate") == candidate
    promotion.roll_back(before, root)
    assert evaluate_score(source, "judged by the first again") == first


MAP = {"kind": "platt", "slopes": [1.0], "intercept": 0.0, "n": 100}
