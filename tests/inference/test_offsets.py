"""Offsets of categories and sources: worked out by hand, shrunk, and used only where they help."""

import json
import math

import numpy as np
import pytest
from scipy.special import expit, logit

from inference.calibration.calibrator_json import from_json
from inference.calibration.calibrators import Logistic, OffsetCalibrator, added_logits
from inference.calibration.fitting import fit
from inference.calibration.offsets import fit_offsets, shrunk

PLAIN = Logistic("platt", (1.0,), 0.0, 4000.0)


def labels(n: int, moves: dict[str, float], seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Margins, violations and categories; each category adds its move to the logit."""
    rng = np.random.default_rng(seed)
    names = rng.choice(sorted(moves), n)
    margins = rng.normal(-1.0, 2.0, n)
    return margins, (rng.random(n) < expit(margins + added_logits(moves, names, (n,)))).astype(float), names


def test_the_dersimonian_laird_example() -> None:
    """Offsets 0, 1, 2 of variance 1/2: Q = 4, excess 2, tau^2 = 2 / (6 - 12/6) = 1/2, so each is halved."""
    assert shrunk(np.array([0.0, 1.0, 2.0]), np.full(3, 0.5)) == pytest.approx([0.0, 0.5, 1.0])
    assert shrunk(np.array([0.1, -0.1]), np.full(2, 0.5)) == pytest.approx([0.0, 0.0])
    assert shrunk(np.array([3.0]), np.array([0.1])) == pytest.approx([0.0])


def test_offsets_that_are_there_are_found_and_used() -> None:
    moves = {"a": -1.0, "b": 0.0, "c": 1.0}
    margins, targets, names = labels(4000, moves)
    found = fit_offsets(PLAIN, margins, targets, np.ones(4000), groups=np.arange(4000), categories=names)
    assert found.used
    assert isinstance(found.calibrator, OffsetCalibrator)
    assert found.calibrator.sources == {}
    for name, move in moves.items():
        assert found.calibrator.categories[name] == pytest.approx(move, abs=0.25)


def test_offsets_that_are_not_there_are_seldom_used() -> None:
    used = 0
    for seed in range(20):
        margins, targets, names = labels(800, {"a": 0.0, "b": 0.0, "c": 0.0}, seed)
        plain = fit("platt", margins, targets)
        found = fit_offsets(plain, margins, targets, np.ones(800), groups=np.arange(800), sources=names)
        assert found.used or found.calibrator is plain
        used += found.used
    assert used <= 4


def test_a_level_of_one_class_stays_finite() -> None:
    margins, targets, names = labels(600, {"a": 0.0, "b": 2.0})
    targets[names == "b"] = 1.0
    found = fit_offsets(PLAIN, margins, targets, np.ones(600), groups=np.arange(600), categories=names)
    assert isinstance(found.calibrator, OffsetCalibrator)
    assert all(abs(move) < 10.0 for move in found.calibrator.categories.values())


def test_names_move_the_logit_and_unknown_ones_do_not() -> None:
    map_ = OffsetCalibrator(PLAIN, {"spam": 1.0}, {"forum": -0.5})
    p = map_.predict([0.0, 0.0, 0.0], ["spam", "spam", "new"], ["forum", "chat", "chat"])
    assert logit(p) == pytest.approx([0.5, 1.0, 0.0])
    assert (map_.predict([0.0]) == PLAIN.predict([0.0])).all()
    assert (PLAIN.predict([1.0], ["spam"], ["forum"]) == PLAIN.predict([1.0])).all()
    with pytest.raises(ValueError, match="names have the shape"):
        map_.predict([0.0, 1.0], ["spam"])


def test_it_comes_back_from_json_as_it_went() -> None:
    map_ = OffsetCalibrator(PLAIN, {"spam": 1 / 3}, {"forum": -0.5})
    assert from_json(json.loads(json.dumps(map_.to_json()))) == map_
    assert (map_.kind, map_.n) == ("platt", 4000.0)
    assert map_.shifted(1.0).predict([0.0], ["spam"]) == pytest.approx(expit(4 / 3))


@pytest.mark.parametrize("offsets", [{}, {"categories": {}}, {"categories": {"a": math.nan}, "sources": {}}, [], 3])
def test_it_refuses_json_that_holds_no_offsets(offsets: object) -> None:
    with pytest.raises(ValueError, match=r"no calibrator|finite"):
        from_json(PLAIN.to_json() | {"offsets": offsets})
