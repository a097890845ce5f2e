"""Seconds that a refit and a diagram's data take, against scikit-learn on the same labels in the same run."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.calibration import calibration_curve
from sklearn.metrics import brier_score_loss, log_loss, roc_auc_score

from benchmarks.report import Figure, figure, seconds
from benchmarks.rivals import CHOICE, METHODS
from benchmarks.truths import TRUTHS, made_margins
from inference.calibration.fitting import fit
from inference.reliability.binned_rows import binned_rows
from inference.reliability.brier import brier_parts_of
from inference.reliability.curves import reliability_of, risk_coverage_of
from inference.reliability.ranking import auroc
from inference.reliability.smooth_ece import smooth_ece_floor_of, smooth_ece_of

Array = NDArray[np.float64]
LABELS = {"tiny": 2_000, "small": 100_000, "full": 1_000_000}
ROUNDS = 5
YARDSTICKS = {"platt": "scikit-learn sigmoid", "isotonic": "scikit-learn isotonic"}
SLOWEST = {"platt": 3.0, "beta": 3.0, "isotonic": 10.0, "venn_abers": 10.0, "histogram": 10.0}  # seconds


def refits(size: str) -> list[Figure]:
    """Each kind and its yardstick in turn, five rounds; their ratio is taken within each round."""
    z, y = _labels(LABELS[size])
    note = f"{LABELS[size]:,} labels"
    figures = []
    for kind, most in SLOWEST.items():
        ours, theirs = [], []
        for _ in range(ROUNDS):
            ours.append(seconds(lambda kind=kind: fit(kind, z, y)))
            if kind in YARDSTICKS:
                theirs.append(seconds(lambda kind=kind: METHODS[YARDSTICKS[kind]](z, y)))
        figures.append(figure("calibration", f"refit, {kind}", size, "s", ours, at_most=most, note=note))
        if theirs:
            ratios = [each / own for each, own in zip(theirs, ours, strict=True)]
            name = f"refit, {YARDSTICKS[kind]}"
            figures.append(figure("calibration", name, size, "s", theirs, note=f"the yardstick, {note}"))
            figures.append(
                figure("calibration", f"{name} over {kind}", size, "times", ratios, note="within each round")
            )
    whole = [seconds(lambda: METHODS[CHOICE](z, y)) for _ in range(ROUNDS)]
    return [
        *figures,
        figure("calibration", "refit, all kinds cross-fitted and chosen from", size, "s", whole, note=note),
    ]


def diagrams(size: str) -> list[Figure]:
    """Everything that a diagram shows, with its bands and floors, against scikit-learn's bare curve and figures."""
    z, y = _labels(LABELS[size])
    p = fit("platt", z, y).predict(z)
    w = np.random.default_rng(1).choice([1.0, 2.0, 10.0], len(z))
    rounds = [
        (1000.0 * seconds(lambda: _shown(p, y, w)), 1000.0 * seconds(lambda: _bare(p, y, w))) for _ in range(ROUNDS)
    ]
    note = f"{LABELS[size]:,} weighted labels"
    figures = [
        figure("calibration", "diagram data", size, "ms", [ours for ours, _ in rounds], at_most=300, note=note),
        figure(
            "calibration", "scikit-learn's curve, Brier and log-loss", size, "ms", [r[1] for r in rounds], note=note
        ),
    ]
    ranks = [
        (1000.0 * seconds(lambda: auroc(p, y, w)), 1000.0 * seconds(lambda: roc_auc_score(y, p, sample_weight=w)))
        for _ in range(ROUNDS)
    ]
    return [
        *figures,
        figure("calibration", "AUROC", size, "ms", [ours for ours, _ in ranks], note=note),
        figure("calibration", "scikit-learn's AUROC", size, "ms", [theirs for _, theirs in ranks], note=note),
    ]


def _shown(p: Array, y: Array, w: Array) -> tuple[Any, ...]:
    cells = binned_rows(p, y, w)
    read: tuple[Callable[..., Any], ...] = (
        reliability_of,
        brier_parts_of,
        smooth_ece_of,
        smooth_ece_floor_of,
        risk_coverage_of,
    )
    return tuple(each(cells) for each in read)


def _bare(p: Array, y: Array, w: Array) -> tuple[Any, ...]:
    curve = calibration_curve(y, p, n_bins=15, strategy="quantile")
    return curve, brier_score_loss(y, p, sample_weight=w), log_loss(y, p, sample_weight=w)


def _labels(n: int) -> tuple[Array, Array]:
    rng = np.random.default_rng(0)
    z = made_margins(n, rng)
    return z, (rng.random(n) < TRUTHS["bent"](z)).astype(float)
