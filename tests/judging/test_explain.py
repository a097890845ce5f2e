"""Text is generated only for what people will read; a malformed answer is kept and marked."""

import pytest

from review.judging.drain import drain
from review.judging.explain import explain_batch
from review.models import Explanation, Lane, ModelVersion, Pending, Score
from review.registry.scoring_setup import ScoringSetup
from tests.rows import make_judge, make_pending, make_source

pytestmark = pytest.mark.django_db


def test_open_cases_are_explained_once(scorer):
    setup = ScoringSetup(*make_judge())
    message = make_pending(make_source(), "hm")
    list(drain(scorer, setup))
    assert explain_batch(scorer, setup) == 1
    assert explain_batch(scorer, setup) == 0
    written = Explanation.objects.get()
    assert written.score.message == message
    assert (written.reason, written.emitted_confidence, written.malformed) == ("insult", 0.9, False)


def test_between_two_steps_whoever_waits_gets_a_verdict(scorer):
    setup, source = ScoringSetup(*make_judge()), make_source()
    make_pending(source, "hm")
    list(drain(scorer, setup))
    waited = make_pending(source, "well played")
    Pending.objects.filter(message=waited).update(priority=Lane.WAITED_FOR)
    judged = []
    assert explain_batch(scorer, setup, between=lambda: judged.extend(drain(scorer, setup))) == 1
    assert sum(judged) == 1
    assert not Pending.objects.exists()
    assert Explanation.objects.get().reason == "insult"


def test_what_was_acted_on_by_itself_is_not_explained(scorer, setup):
    make_pending(make_source(), "well played")
    list(drain(scorer, setup))
    assert explain_batch(scorer, setup) == 0


def test_a_malformed_answer_is_kept_and_breaks_nothing(scorer):
    setup = ScoringSetup(*make_judge())
    make_pending(make_source(), "broken")
    list(drain(scorer, setup))
    assert explain_batch(scorer, setup) == 1
    written = Explanation.objects.get()
    assert (written.malformed, written.reason, written.raw) == (True, "", '{"flag": true')


def test_where_an_admin_wants_it_everything_new_is_explained_after_what_people_read(scorer, setup):
    source = make_source()
    make_pending(source, "well played")
    list(drain(scorer, setup))
    old = Score.objects.get()
    ModelVersion.objects.update(explains_all_after=old.pk)
    make_pending(source, "nice one")
    list(drain(scorer, setup))
    assert explain_batch(scorer, setup) == 1
    assert Explanation.objects.get().score == Score.objects.exclude(pk=old.pk).get()
    assert explain_batch(scorer, setup) == 0
