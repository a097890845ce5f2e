"""The scale and the trade-off of a cascade, on two made-up models of which the truth is known."""

import numpy as np
import pytest

from inference.calibration.cascade_scale import fit_scale
from inference.calibration.fitting import CannotFit, fit
from inference.evaluation.cascade_chart import cascade_chart
from inference.evaluation.cascade_tradeoff import trade_off
from inference.reliability.smooth_ece import smooth_ece
from tests.figures import read

BAND = (-0.5, 1.9)


def made(n, seed):
    """Margins of a weak and of a sharp model, on two scales, and labels: one in five is a violation."""
    draw = np.random.default_rng(seed)
    violation = (draw.random(n) < 0.2).astype(float)
    side = 2.0 * violation - 1.0
    return draw.normal(side, 1.0), 5.0 * draw.normal(1.5 * side, 1.0) + 7.0, violation


def inside(first):
    return (first >= BAND[0]) & (first <= BAND[1])


def fitted(first, second, violation):
    here, one = inside(first), np.ones(len(first))
    return fit_scale((first, violation, one), (second[here], violation[here], one[here]))


def test_one_calibrator_is_true_of_whichever_spoke():
    """Of the weak one the logit is 2 z - 1.39, of the sharp one in the band 0.6 z and something: a slope of 0.3."""
    first, second, violation = made(6_000, 1)
    slope, offset = fitted(first, second, violation)
    assert slope == pytest.approx(0.3, abs=0.05)
    errors = {}
    for name, scale in (("fitted", (slope, offset)), ("none", (1.0, 0.0))):
        here = inside(first)
        calibrator = fit("platt", np.where(here, scale[0] * second + scale[1], first), violation)
        z, other, truth = made(40_000, 2)
        here = inside(z)
        p = calibrator.predict(np.where(here, scale[0] * other + scale[1], z))
        errors[name] = [smooth_ece(p, truth), smooth_ece(p[here], truth[here]), smooth_ece(p[~here], truth[~here])]
    assert max(errors["fitted"]) < 0.02
    assert min(errors["none"][1:]) > 0.04, "two scales read by one calibrator are true of neither"


def test_a_scale_needs_both_classes_within_the_band():
    first, second, violation = made(200, 3)
    one = np.ones(200)
    with pytest.raises(CannotFit, match="within the band, platt needs 10 labels"):
        fit_scale((first, violation, one), (second[:12], violation[:12], one[:12]))


def test_the_trade_shows_whom_a_wider_band_spares_and_counts():
    first, second, violation = made(1_500, 4)
    found = trade_off(first, second, violation, np.ones(1_500), np.arange(1_500))
    alone, last = found.points[0], found.points[-1]
    assert (alone.read, alone.share, alone.fewer) == (0, 0.0, 0.0)
    assert (last.read, last.share) == (1_500, 1.0)
    assert [point.share for point in found.points] == sorted(point.share for point in found.points)
    for point in found.points[1:]:
        within = (first >= point.low) & (first <= point.high)
        assert point.read == within.sum() == round(point.share * 1_500)
        assert point.people_interval[0] <= point.people <= point.people_interval[1]
    forty = next(point for point in found.points if point.share == pytest.approx(0.4, abs=0.001))
    assert forty.people < alone.people / 1.5
    assert forty.fewer_interval[0] > 0.3
    assert forty.error < alone.error


def test_a_second_model_that_knows_nothing_spares_nobody():
    first, _, violation = made(1_500, 5)
    noise = np.random.default_rng(6).normal(size=1_500) + 0.2 * violation
    found = trade_off(first, noise, violation, np.ones(1_500), np.arange(1_500), shares=(0.0, 0.4))
    if len(found.points) > 1:
        assert found.points[1].fewer_interval[0] < 0.0
    else:
        assert "within the band" in found.left_out


def test_too_few_labels_are_said_and_drawn_as_such():
    first, second, violation = made(90, 7)
    found = trade_off(first, second, violation, np.ones(90), np.arange(90), shares=(0.0, 0.1))
    assert len(found.points) == 1
    assert "within the band" in found.left_out
    assert "appears here once" in read(cascade_chart(found)).to_json()
    with pytest.raises(CannotFit):
        trade_off(first[:9], second[:9], violation[:9], np.ones(9), np.arange(9))


def test_the_chart_draws_every_point_with_its_interval_and_count():
    first, second, violation = made(1_000, 8)
    found = trade_off(first, second, violation, np.ones(1_000), np.arange(1_000))
    people, wrong = read(cascade_chart(found)).data
    assert list(people.y) == pytest.approx([100.0 * point.people for point in found.points])
    assert list(wrong.y) == pytest.approx([100.0 * point.error for point in found.points])
    assert people.error_y.array[1] == pytest.approx(
        100.0 * (found.points[1].people_interval[1] - found.points[1].people)
    )
    assert f"{found.points[1].read:,} of 1,000 labelled messages" in people.customdata[1]
