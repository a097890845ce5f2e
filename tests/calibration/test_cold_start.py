"""A community that imports labelled messages in its first hour has true probabilities, whatever the demo has learnt."""

import json

import numpy as np
import pytest
from django.core.management import call_command
from scipy.special import expit

from inference.calibration.shipped_calibrator import FILE
from inference.reliability.curves import reliability
from inference.scoring.fingerprint import as_asked_now
from inference.shipped_model import NANO
from moddog_site.variables import PROJECT
from review.calibration import refit
from review.judging.drain import drain
from review.models import Label, Refit, Score, Simulator, Verdict
from review.registry.model_versions import register, seed_rubric
from review.verdicts.context import load_context
from review.verdicts.probabilities import probabilities_of
from tests.calibration.labelled import make_labels, the_judge
from tests.rows import make_calibrator, make_message, make_source

pytestmark = pytest.mark.django_db
PROVISIONAL = {"kind": "platt", "slopes": [1.0], "intercept": -2.0, "n": 10_000}


def live_error(source, shift):
    """The calibration error of the live path on 600 messages for which `logit p = margin + shift` is true."""
    rng, setup = np.random.default_rng(11), the_judge()
    margins = rng.normal(0.0, 2.5, 600)
    message = make_message(source)
    scores = [
        Score(message=message, model=setup.model, rubric=setup.rubric, margin=z, category_log_probs=[-1.6] * 5)
        for z in margins
    ]
    p = np.array(probabilities_of(load_context(setup, [message]), scores), dtype=float)
    happened = (rng.random(600) < expit(margins + shift)).astype(float)
    return reliability(p, happened, np.ones(600)).ece


def imported(person, source, **how):
    """600 labelled rows; drawn at random by the word of whoever imported them, or not."""
    labels = make_labels(600, person, source=source, shift=0.5, **how)
    cases = [label.decision.case_id for label in labels]
    type(labels[0].decision.case).objects.filter(pk__in=cases).update(reason="import", blind=False)
    Label.objects.filter(pk__in=[label.pk for label in labels]).update(declared=how["rate"] is not None)


def test_an_import_that_was_drawn_at_random_calibrates_its_community_at_once(alice):
    make_calibrator(PROVISIONAL)
    demo, forum = make_source("arcade"), make_source("forum")
    Simulator.objects.create(source=demo)
    make_labels(300, alice, seed=1, source=demo, shift=3.0)
    assert refit.refit(the_judge()).result == Refit.Result.PROMOTED
    assert live_error(forum, 0.5) > 0.15
    imported(alice, forum, seed=2, rate=0.5)
    assert refit.refit(the_judge()).result == Refit.Result.PROMOTED, "the demo's of today holds nobody back"
    assert live_error(forum, 0.5) < 0.06
    assert live_error(demo, 3.0) < 0.06


def test_an_import_without_that_word_judges_nothing(alice):
    make_calibrator(PROVISIONAL)
    forum = make_source("forum")
    imported(alice, forum, seed=2, rate=None)
    row = refit.refit(the_judge())
    assert row.result == Refit.Result.KEPT
    assert "30 labels of the random cohort, and there are 0" in row.reason


LINES = [
    json.loads(line)
    for name in ("community", "golden", "chatter")
    for line in (PROJECT / "review" / "demo" / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
]


def test_the_shipped_models_own_margins_become_true_probabilities_in_the_first_hour(shipped_scorer, tmp_path, alice):
    """600 labelled lines are imported, judged and fitted on; 600 like them are posted and judged."""
    identity = as_asked_now(shipped_scorer.model_hash, "float32")
    shipped = json.loads((NANO / FILE).read_text(encoding="utf-8"))
    setup = register("nano", "nano", identity, seed_rubric(shipped_scorer.rubric), shipped)
    forum = make_source("forum")
    lines = np.random.default_rng(0).permutation(np.array(LINES, dtype=object))[:1200].tolist()
    stored(forum, lines[:600], tmp_path / "labelled.jsonl", "--label-field", "flag", "--drawn", "0.5")
    list(drain(shipped_scorer, setup))
    assert refit.refit(setup).result == Refit.Result.PROMOTED
    stored(forum, lines[600:], tmp_path / "posted.jsonl")
    list(drain(shipped_scorer, setup))
    verdicts = Verdict.objects.filter(message__external_id__startswith="posted").select_related("message")
    flags = {f"posted-{number}": line["flag"] for number, line in enumerate(lines[600:])}
    rows = [(each.probability, flags[each.message.external_id]) for each in verdicts]
    assert len(rows) == 600
    p, happened = np.array(rows, dtype=float).T
    assert reliability(p, happened, np.ones(600)).ece < 0.06


def stored(source, lines, path, *options):
    """The lines as a file that is ingested; ids are those of the file and the place in it."""
    rows = (
        {"id": f"{path.stem}-{number}", "text": line["text"], "author": f"{path.stem}-{number}", "flag": line["flag"]}
        for number, line in enumerate(lines)
    )
    path.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    call_command("ingest", str(path), "--source", source.slug, *options)
