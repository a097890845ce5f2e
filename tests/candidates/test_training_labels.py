"""What is taught: each text once, undone decisions out, disagreement softened, the cohort weighed."""

from datetime import timedelta

import pytest
from django.utils import timezone

from review.candidates.finetuning import TooFewDecisions, parts
from review.candidates.training_labels import training_labels
from review.models import Decision
from tests.candidates.conftest import decided
from tests.rows import make_message, make_source

pytestmark = pytest.mark.django_db


def taught():
    return {one.text: one for one in training_labels(timezone.now()).taught}


def test_undone_and_not_yet_effective_decisions_are_out(alice):
    decided("kept", alice, "toxicity")
    label = decided("undone", alice, "toxicity")
    Decision.objects.filter(pk=label.decision_id).update(undone_at=timezone.now())
    decided("too new", alice, "toxicity", ago=timedelta(hours=-1))
    assert set(taught()) == {"kept"}


def test_erased_texts_are_out(alice):
    decided(make_message(make_source(), ""), alice, "toxicity")
    assert taught() == {}


def test_spam_and_self_harm_are_counted_and_left_out(alice):
    decided("buy now", alice, "spam")
    found = training_labels(timezone.now())
    assert (found.taught, found.outside) == ([], 1)


def test_agreement_makes_the_target(alice, bob, dana):
    message = make_message(make_source(), "you noob")
    for person, category in ((alice, "harassment"), (bob, "harassment"), (dana, "benign")):
        decided(message, person, category)
    decided("clear", alice, "toxicity")
    found = taught()
    assert found["you noob"].target == pytest.approx(2.05 / 3.1)
    assert found["you noob"].category == "harassment"
    assert found["you noob"].weight == pytest.approx(found["clear"].weight / 3)
    assert found["clear"].target == pytest.approx(1.05 / 1.1)


def test_an_even_split_teaches_nothing(alice, bob):
    message = make_message(make_source(), "you noob")
    decided(message, alice, "harassment")
    decided(message, bob)
    found = training_labels(timezone.now())
    assert (found.taught, found.split) == ([], 1)


def test_a_person_who_ruled_twice_counts_once_and_last(alice):
    message = make_message(make_source(), "you noob")
    decided(message, alice, "harassment")
    decided(message, alice)
    assert taught()["you noob"].target < 0.1


def test_the_cohort_weighs_by_its_rate_and_never_above_ten(alice):
    decided("drawn", alice, "toxicity", rate=0.25)
    decided("rare", alice, "toxicity", rate=0.001)
    decided("chosen", alice, "toxicity")
    found = taught()
    assert found["drawn"].weight == pytest.approx(4 * found["chosen"].weight)
    assert found["rare"].weight == pytest.approx(10 * found["chosen"].weight)


def test_copies_of_a_text_are_one(alice, bob):
    source = make_source()
    for author in ("kestrel", "heron"):
        decided(make_message(source, "same words", author=author), alice, "toxicity")
    decided(make_message(source, "other words", author="heron"), bob)
    found = training_labels(timezone.now()).taught
    assert [one.text for one in found] == ["same words", "other words"]
    assert found[0].group == found[1].group


def test_no_author_is_on_both_sides(alice):
    source = make_source()
    for number in range(60):
        message = make_message(source, f"words {number}", author=f"author {number % 20}")
        decided(message, alice, "toxicity" if number % 3 else "benign")
    divided = parts(training_labels(timezone.now()), 0.25, 0)
    taught_groups, held_groups = ({one.group for one in part} for part in (divided.taught, divided.held_out))
    assert taught_groups & held_groups == set()
    assert len(divided.held_out) == 15


def test_texts_that_the_model_reads_alike_are_on_one_side(alice):
    source = make_source()
    for author, text in enumerate(("kill yourself", "k\u200bill yourself", "something else")):
        decided(make_message(source, text, author=f"author {author}"), alice, "toxicity")
    first, second, third = (one.group for one in training_labels(timezone.now()).taught)
    assert first == second != third


def test_few_authors_are_divided_too(alice):
    source = make_source()
    for number in range(80):
        decided(
            make_message(source, f"words {number}", author=f"author {number % 8}"),
            alice,
            "toxicity" if number % 3 else "benign",
        )
    assert len(parts(training_labels(timezone.now()), 0.25, 0).held_out) == 20


@pytest.mark.parametrize("share", [0.05, 0.25, 0.4, 0.5])
def test_the_share_that_is_asked_for_is_held_out(alice, share):
    for number in range(60):
        decided(f"words {number}", alice, "toxicity" if number % 3 else "benign")
    assert len(parts(training_labels(timezone.now()), share, 0).held_out) == 60 * share


def test_one_kind_alone_is_refused(alice):
    for number in range(60):
        decided(f"words {number}", alice, "toxicity")
    with pytest.raises(TooFewDecisions, match="60 of them violations"):
        parts(training_labels(timezone.now()), 0.25, 0)


def test_what_the_base_was_taught_is_never_held_out(alice):
    labels = {decided(f"text {number}", alice, "toxicity" if number % 2 else "benign").pk for number in range(60)}
    found = training_labels(timezone.now())
    free = parts(found, 0.25, 0)
    known = {label for one in free.held_out[:5] for label in one.labels}
    assert known < labels
    divided = parts(found, 0.25, 0, known)
    assert len(divided.held_out) == len(free.held_out) - 5
    assert all(known.isdisjoint(one.labels) for one in divided.held_out)
    assert len(divided.taught) + len(divided.held_out) == 60
