"""Second opinions: drawn at random, judged blind by somebody else, adjudicated where they differ."""

import numpy as np
import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from review.calibration.labels import usable
from review.desk import claims, undoing
from review.enforcement.outcomes import in_force
from review.intake.message_status import message_status
from review.models import Case, Decision, Label, Outcome, QualityRates, Queue, Reason, SecondOpinion
from review.quality.draws import is_drawn
from tests.quality.conftest import come_round, rule
from tests.rows import make_case, make_judge, make_source

pytestmark = pytest.mark.django_db


def waiting(reason):
    return Case.objects.filter(state="open", reason=reason)


def test_a_decision_is_made_again_by_somebody_else(alice, bob, drawn_case):
    drawn_case()
    first = rule(alice, "toxicity")
    assert not waiting("second_opinion")
    come_round()
    again = waiting("second_opinion").get()
    assert again.blind and again.margin is None and again.not_for == [alice.pk]
    assert claims.take_next(alice) is None
    assert claims.open_case(alice, again.pk) is None
    assert claims.take_next(bob) == again
    assert first.case.messages.get() == again.messages.get()


def test_nothing_is_drawn_where_no_admin_said_so(alice, bob, settings):
    settings.MODDOG_UNDO_SECONDS = 0
    make_case(make_source())
    rule(alice, "toxicity")
    assert not SecondOpinion.objects.exists()


@pytest.mark.parametrize(
    ("of_queue", "of_source", "drawn"), [(0, 1.0, False), (100, 0.0, True), (None, 1.0, True), (None, 0.0, False)]
)
@pytest.mark.usefixtures("bob")
def test_a_queue_may_have_a_rate_of_its_own(alice, arcade, of_queue, of_source, drawn):
    QualityRates.objects.update(second_opinions=of_source)
    queue = Queue.objects.create(source=arcade, name="all", second_opinion_percent=of_queue)
    make_case(arcade)
    assert Case.objects.get().queue == queue
    rule(alice, "toxicity")
    assert SecondOpinion.objects.exists() == drawn


def test_who_works_alone_gets_none(alice, drawn_case):
    drawn_case()
    rule(alice, "toxicity")
    come_round()
    assert not waiting("second_opinion")
    assert SecondOpinion.objects.get().settled_at


def test_an_undone_decision_is_not_made_again(alice, bob, drawn_case, settings):
    settings.MODDOG_UNDO_SECONDS = 60
    drawn_case()
    assert undoing.undo(alice, rule(alice, "toxicity").pk)
    come_round()
    assert not waiting("second_opinion")
    assert SecondOpinion.objects.get().settled_at


def test_the_second_opinion_is_a_label_and_no_outcome(alice, bob, drawn_case):
    message = drawn_case().messages.get()
    rule(alice, "toxicity")
    standing = in_force(message)
    come_round()
    rule(bob, "toxicity")
    come_round()
    assert in_force(message) == standing
    assert list(Label.objects.values_list("blind", "cohort_rate")) == [(True, 0.25)] * 2
    assert SecondOpinion.objects.get().settled_at
    assert not waiting("adjudication")


def test_two_that_differ_are_a_soft_target_at_the_weight_of_one(alice, bob, drawn_case):
    drawn_case()
    rule(alice, "toxicity")
    come_round()
    rule(bob, "benign")
    labels = usable(*make_judge(), timezone.now())
    assert labels.violation.tolist() == [1.0, 0.0]
    assert labels.estimate_weights.sum() == pytest.approx(1 / 0.25)


def test_a_second_opinion_on_what_was_not_judged_blind_is_outside_the_cohort(alice, bob, drawn_case):
    drawn_case(blind=False, reason=Reason.REPORT)
    rule(alice, "toxicity")
    come_round()
    rule(bob, "toxicity")
    assert list(Label.objects.order_by("pk").values_list("blind", "cohort_rate")) == [(False, None), (True, None)]


def test_a_senior_who_made_neither_adjudicates_and_that_holds(alice, bob, senior, drawn_case, sign_in):
    message = drawn_case().messages.get()
    rule(alice, "toxicity", note="Aimed at a person.")
    come_round()
    rule(bob, "benign", note="Banter among friends.")
    come_round()
    case = waiting("adjudication").get()
    assert claims.take_next(bob) is None and claims.open_case(alice, case.pk) is None
    assert claims.take_next(senior) == case
    page = sign_in(senior).get("/").content.decode()
    assert page.index("Two views") < page.index("Aimed at a person.") < page.index("Banter among friends.")
    before = Outcome.objects.count()
    decision = rule(senior, "benign")
    assert Outcome.objects.count() == before + 1
    assert in_force(message).decision == decision
    assert Label.objects.count() == 2
    come_round()
    assert SecondOpinion.objects.get().settled_at


def test_an_adjudication_that_agrees_with_the_first_changes_nothing(alice, bob, senior, drawn_case):
    message = drawn_case().messages.get()
    rule(alice, "toxicity")
    standing = in_force(message)
    come_round()
    rule(bob, "benign")
    come_round()
    rule(senior, "toxicity")
    assert in_force(message) == standing


def test_a_moderator_is_given_no_adjudication(alice, bob, senior, make_person, drawn_case):
    erin = make_person("erin", "moderator")
    drawn_case()
    rule(alice, "toxicity")
    come_round()
    rule(bob, "benign")
    come_round()
    assert claims.take_next(erin) is None
    assert claims.open_case(erin, waiting("adjudication").get().pk) is None


def test_the_platform_hears_of_none_of_it_before_something_changes(alice, bob, senior, drawn_case):
    message = drawn_case().messages.get()
    rule(alice, "toxicity")
    told = message_status(message)
    come_round()
    assert message_status(message) == told
    rule(bob, "benign")
    come_round()
    assert message_status(message) == told
    rule(senior, "benign")
    assert [each["category"] for each in message_status(message)["decisions"]] == ["toxicity", "benign"]


def test_opinions_and_adjudications_are_not_made_again(alice, bob, senior, make_person, drawn_case):
    drawn_case()
    rule(alice, "toxicity")
    come_round()
    rule(bob, "benign")
    come_round()
    rule(senior, "benign")
    come_round()
    assert Decision.objects.count() == 3
    assert SecondOpinion.objects.count() == 1


def test_the_draw_is_as_often_as_the_rate_and_always_the_same():
    drawn = [is_drawn("second opinion", pk, 0.2) for pk in range(5_000)]
    assert drawn == [is_drawn("second opinion", pk, 0.2) for pk in range(5_000)]
    assert abs(np.mean(drawn) - 0.2) < 0.02
    assert drawn != [is_drawn("gold", pk, 0.2) for pk in range(5_000)]


def test_the_rates_are_shares(db):
    with pytest.raises(IntegrityError), transaction.atomic():
        QualityRates.objects.create(source=make_source(), gold=1.5)
