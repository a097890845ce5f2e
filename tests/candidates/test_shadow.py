"""The shadow: a candidate scores what was judged, behind all else, and changes nothing."""

import logging
import shutil
from time import monotonic

import pytest

from inference.shipped_model import NANO
from review.judging import worker as judging_worker
from review.judging.shadowing import BATCH, follow
from review.models import AuditEntry, Case, Message, ModelVersion, Outcome, Score, Verdict
from review.registry.model_versions import set_shadow, shadow_model
from review.registry.scoring_setup import ScoringSetup
from tests.candidates.conftest import decided, make_candidate
from tests.judging.conftest import KeywordScorer
from tests.rows import make_judge, make_message, make_pending, make_source, make_verdict

pytestmark = pytest.mark.django_db


@pytest.fixture
def shadow():
    _, rubric = make_judge()
    return ScoringSetup(make_candidate(in_shadow=True), rubric)


def soon():
    return monotonic() + 60


def scored(setup):
    return set(Score.objects.filter(model=setup.model).values_list("message__text", flat=True))


def test_it_scores_what_the_active_model_has_judged_and_gates_nothing(shadow):
    source = make_source()
    for number in range(BATCH + 3):
        make_verdict(make_message(source, f"message {number}"))
    before = (Verdict.objects.count(), Case.objects.count(), Outcome.objects.count())
    assert follow(KeywordScorer(), shadow, soon()) == BATCH + 3
    assert len(scored(shadow)) == BATCH + 3
    assert (Verdict.objects.count(), Case.objects.count(), Outcome.objects.count()) == before
    assert follow(KeywordScorer(), shadow, soon()) == 0


def test_labelled_messages_come_first(shadow, alice):
    make_verdict(make_message(make_source(), "live"))
    label = decided("labelled", alice)
    scorer = KeywordScorer()
    follow(scorer, shadow, soon())
    assert scorer.batches == [["labelled"], ["live"]]
    assert label.message.scores.get().model == shadow.model


def test_it_waits_while_a_message_waits(shadow):
    make_verdict(make_message(make_source(), "judged"))
    make_pending(make_source(), "waiting")
    assert follow(KeywordScorer(), shadow, soon()) == 0
    assert scored(shadow) == set()


def test_it_ends_when_its_time_is_over(shadow):
    make_verdict(make_message(make_source()))
    assert follow(KeywordScorer(), shadow, monotonic() - 1) == 0


def test_a_message_that_it_cannot_read_holds_up_nothing(shadow, caplog):
    for text in ("fine", "broken"):
        make_verdict(make_message(make_source(), text))
    with caplog.at_level(logging.CRITICAL):
        follow(KeywordScorer(broken=lambda text: text == "broken"), shadow, soon())
    assert scored(shadow) == {"fine"}
    again = KeywordScorer()
    assert follow(again, shadow, soon()) == 0
    assert again.batches == []


def test_erased_and_giant_messages_are_left_out(shadow):
    for text in ("", "x" * 30_000):
        make_verdict(make_message(make_source(), text))
    assert follow(KeywordScorer(), shadow, soon()) == 0


def test_erased_messages_hold_up_nothing(shadow, alice):
    make_verdict(make_message(make_source(), "live"))
    for number in range(BATCH + 1):
        label = decided(f"erased {number}", alice)
        Message.objects.filter(pk=label.message_id).update(text="")
    assert follow(KeywordScorer(), shadow, soon()) == 1
    assert scored(shadow) == {"live"}


def test_one_candidate_at_a_time(root):
    make_judge()
    one, other = make_candidate("one"), make_candidate("other")
    assert set_shadow(one, root, on=True)
    assert set_shadow(other, root, on=True)
    assert shadow_model() == other
    assert set_shadow(other, root, on=False)
    assert shadow_model() is None
    verbs = list(AuditEntry.objects.order_by("pk").values_list("verb", flat=True))
    assert verbs == ["began shadow", "began shadow", "ended shadow"]


def test_the_model_that_judges_is_no_shadow(root):
    model, _ = make_judge()
    assert not set_shadow(model, root, on=True)
    assert shadow_model() is None


def test_a_worker_without_a_candidate_loads_none(db):
    make_judge()
    assert judging_worker.shadow() is None


@pytest.mark.parametrize("location", ["nano", "/nowhere", "garbled"])
def test_weights_that_are_not_the_registered_ones_end_the_shadow(db, caplog, tmp_path, location):
    make_judge()
    if location == "garbled":
        location = str(shutil.copytree(NANO, tmp_path / "garbled"))
        (tmp_path / "garbled" / "model.safetensors").write_bytes(b"no tensors")
    make_candidate(location=location, in_shadow=True)
    with caplog.at_level(logging.CRITICAL):
        assert judging_worker.shadow() is None
    assert not ModelVersion.objects.filter(in_shadow=True).exists()
    assert AuditEntry.objects.get(verb="ended shadow").details["why"]
