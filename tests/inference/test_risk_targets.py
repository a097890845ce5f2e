"""What a risk target takes, and whether reviewers agree enough for it."""

import pytest

from inference.guarantees.bounds import labels_needed
from inference.guarantees.risk_targets import (
    Disagreement,
    RiskTarget,
    TargetBelowDisagreement,
    audit_rate_for,
    disagreement,
    refuse_below,
)

ONE_PERCENT = RiskTarget("wrong_removals", 0.01)


@pytest.mark.parametrize(("errors", "labels"), [(0, 299), (1, 473), (2, 628), (3, 773)])
def test_one_percent_takes_the_known_numbers_of_labels(errors: int, labels: int) -> None:
    assert labels_needed(0.01, 0.05, errors) == labels


@pytest.mark.parametrize(("risk", "delta"), [(0.0, 0.05), (1.0, 0.05), (0.01, 0.0), (0.01, 1.0)])
def test_a_target_is_no_certainty(risk: float, delta: float) -> None:
    with pytest.raises(ValueError, match="strictly between"):
        labels_needed(risk, delta)
    with pytest.raises(ValueError, match="strictly between"):
        RiskTarget("wrong_removals", risk, delta)


def test_an_unknown_target_is_refused() -> None:
    with pytest.raises(ValueError, match="no risk target"):
        RiskTarget("happiness", 0.01)  # type: ignore[arg-type]


def test_the_arithmetic_of_an_audit() -> None:
    """299 labels at 2 % of 1,359 messages a week are 11 weeks."""
    assert audit_rate_for(ONE_PERCENT, 1359, 11) == pytest.approx(0.02, abs=1e-4)
    assert audit_rate_for(ONE_PERCENT, 10, 1) == 1.0
    assert audit_rate_for(ONE_PERCENT, 3480, 1, attempt=1) == pytest.approx(0.1)
    with pytest.raises(ValueError, match="above 0"):
        audit_rate_for(ONE_PERCENT, 0, 11)


def test_reviewers_disagree_on_the_pairs_that_differ() -> None:
    found = disagreement(["a", "a", "b", "b", "c", "d", "d", "d"], [1, 0, 1, 1, 1, 0, 1, 1])
    assert found.share == pytest.approx((1.0 + 0.0 + 4.0 / 6.0) / 3.0)
    assert found.texts == 3
    assert found.low < found.share < found.high
    assert disagreement(["a", "b"], [1, 0]) == Disagreement(0.0, 0.0, 1.0, 0)
    with pytest.raises(ValueError, match="each label"):
        disagreement(["a"], [0.5])


def test_a_target_below_what_reviewers_agree_on_is_refused() -> None:
    refuse_below(ONE_PERCENT, disagreement(["a", "a"], [1, 0]))
    often = disagreement([index // 2 for index in range(400)], [index % 20 == 0 for index in range(400)])
    with pytest.raises(TargetBelowDisagreement, match=r"10\.0% of the 200 texts"):
        refuse_below(ONE_PERCENT, often)
