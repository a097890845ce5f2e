"""Decisions that were drawn to be made again, and what follows when beat comes round."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone

from review.desk import claims, decisions
from review.models import Case, Decision, GoldItem, Message, QualityRates, Reason, Source, User
from review.quality import gold, second_opinions
from tests.rows import make_case, make_message, make_source, make_verdict


@pytest.fixture
def arcade(db: None, settings: object) -> Source:
    """Every decision is made again; nothing waits for the undo window."""
    settings.MODDOG_UNDO_SECONDS = 0  # type: ignore[attr-defined]
    source = make_source()
    QualityRates.objects.create(source=source, second_opinions=1.0, gold=1.0)
    return source


@pytest.fixture
def drawn_case(arcade: Source) -> Callable[..., Case]:
    """`drawn_case()`: a cohort case, blind, drawn at a rate of 0.25."""

    def make(text: str = "uninstall, do us all a favour", **fields: object) -> Case:
        message = make_message(arcade, text, channel="ranked")
        verdict = make_verdict(message, 0.58, cohort_rate=0.25)
        defaults = {"blind": True, "reason": Reason.AUDIT, "verdict": verdict}
        return make_case(arcade, message, **{**defaults, **fields})

    return make


@pytest.fixture
def senior(make_person: Callable[..., User]) -> User:
    return make_person("sam", "senior")


@pytest.fixture
def item(arcade: Source, senior: User, alice: User, bob: User) -> GoldItem:
    """A gold item that sam wrote, for a channel in which others talk."""
    make_message(arcade, "who is in?", channel="ranked")
    return gold.write_item(arcade, "go back home", "hate_speech", senior, author="wren", channel="ranked")


@pytest.fixture
def three(
    item: GoldItem,
    alice: User,
    bob: User,
    make_person: Callable[..., User],
    drawn_case: Callable[..., Case],
) -> tuple[dict[str, Case], User]:
    """A cohort case, a second opinion and a gold item that wait for erin, and erin."""
    drawn_case()
    come_round()
    rule(alice, "toxicity", Case.objects.get(reason="audit"))
    come_round()
    drawn_case("uninstall, do us all a favour")
    before = [{"author": "wren", "text": "go back home"}]
    Message.objects.update(context=before)  # what was said before differs, as texts do
    long_ago = timezone.now() - timedelta(days=100)  # a gold item may be old, and a second opinion comes days later
    Message.objects.filter(cases__reason__in=("second_opinion", "gold")).update(sent_at=long_ago, received_at=long_ago)
    open_cases = Case.objects.filter(state="open")
    found = {each.reason: each for each in open_cases}
    assert set(found) == {"audit", "second_opinion", "gold"}
    return found, make_person("erin", "moderator")


def rule(person: object, category: str, case: Case | None = None, **fields: object) -> Decision:
    """What `person` decides on the case, or on the next one they are given."""
    held = claims.open_case(person, case.pk) if case else claims.take_next(person)
    assert held is not None
    decision = decisions.decide(person, held.pk, held.claim_token, category, **fields)
    assert decision is not None
    return decision


def come_round() -> None:
    """What beat has done every few seconds."""
    second_opinions.open_due()
    second_opinions.compare_due()
    gold.open_due()
