"""Decisions that were drawn to be made again, and what follows when beat comes round."""

from collections.abc import Callable

import pytest

from review.desk import claims, decisions
from review.models import Case, Decision, QualityRates, Reason, Source
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
