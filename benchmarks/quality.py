"""Log-loss, Brier and smooth ECE of moddog's calibration and of others'.

On made margins the truth is known, so that losses and smooth ECE are expectations over 20,000 margins, free of noise.
On labelled texts, halves by text: one fits, the other measures. *Behind the best* is moddog's choice against whichever
library does best there, in standard errors of their paired log-loss difference on as many labels: below 1 the labels
could not tell the two apart.
"""

from statistics import mean

import numpy as np
from numpy.typing import NDArray

from benchmarks.report import Figure, figure
from benchmarks.rivals import CHOICE, METHODS, RIVALS
from benchmarks.truths import TRUTHS, Judged, made_margins
from inference.calibration.selection import paired_difference
from inference.reliability.curves import log_losses
from inference.reliability.resampling import group_folds
from inference.reliability.smooth_ece import smooth_ece, smooth_ece_floor

Array = NDArray[np.float64]
LARGEST_ERROR = {1_000: 0.02, 10_000: 0.01}  # mean true smooth ECE of moddog's choice, by labels
DRAWS = {"tiny": 1, "small": 10, "full": 50}
SPLITS = {"tiny": 1, "small": 4, "full": 20}
MEASURED = 20_000  # margins that expectations are taken over


def on_truth(name: str, labels: int, size: str) -> list[Figure]:
    """Every method on the same draws of so many labels; the true smooth ECE of moddog's choice has a target."""
    margins = made_margins(MEASURED, np.random.default_rng(2**32))
    truth = TRUTHS[name](margins)
    found: dict[str, list[Array]] = {method: [] for method in METHODS}
    for draw in range(DRAWS[size]):
        rng = np.random.default_rng(draw)
        z = made_margins(labels, rng)
        y = (rng.random(labels) < TRUTHS[name](z)).astype(float)
        for method, fitted in METHODS.items():
            found[method].append(np.clip(fitted(z, y)(margins), 0.0, 1.0))
    entropy, what = float(log_losses(truth, truth).mean()), f"{name}, {labels:,} labels"
    figures = []
    for method, drawn in found.items():
        loss = mean(float(log_losses(p, truth).mean()) for p in drawn) - entropy
        square = mean(float(np.square(p - truth).mean()) for p in drawn)
        figures.append(
            figure(
                "calibration",
                f"{what}: {method}",
                size,
                "true smooth ECE",
                [smooth_ece(p, truth) for p in drawn],
                at_most=LARGEST_ERROR[labels] if method == CHOICE else None,
                centre=mean,
                note=f"mean; log-loss {loss:.5f} and Brier {square:.5f} above the truth's own",
            )
        )
    return [*figures, _behind_on_truth(what, size, found, truth, labels)]


def _behind_on_truth(what: str, size: str, found: dict[str, list[Array]], truth: Array, labels: int) -> Figure:
    best = min(RIVALS, key=lambda rival: mean(float(log_losses(p, truth).mean()) for p in found[rival]))
    apart = []
    for ours, theirs in zip(found[CHOICE], found[best], strict=True):
        sides = [log_losses(ours, np.full(MEASURED, y)) - log_losses(theirs, np.full(MEASURED, y)) for y in (1.0, 0.0)]
        gap = float((truth * sides[0] + (1.0 - truth) * sides[1]).mean())
        spread = float((truth * sides[0] ** 2 + (1.0 - truth) * sides[1] ** 2).mean()) - gap**2
        apart.append(gap / np.sqrt(max(spread, 1e-18) / labels))
    return _behind(what, size, best, apart)


def on_labels(judged: Judged, size: str) -> list[Figure]:
    """Every method on the same halves of labelled texts."""
    found: dict[str, list[tuple[float, float, float]]] = {method: [] for method in METHODS}
    losses: dict[str, list[Array]] = {method: [] for method in METHODS}
    floors, texts = [], []
    for split in range(SPLITS[size]):
        fits = group_folds(judged.text, 2, split) == 0
        z, y = judged.margins[~fits], judged.flags[~fits]
        texts.append(judged.text[~fits])
        for method, fitted in METHODS.items():
            p = np.clip(fitted(judged.margins[fits], judged.flags[fits])(z), 0.0, 1.0)
            losses[method].append(log_losses(p, y))
            found[method].append((float(losses[method][-1].mean()), float(np.square(p - y).mean()), smooth_ece(p, y)))
            if method == CHOICE:
                floors.append(smooth_ece_floor(p, seed=split).q95)
    what = f"{judged.name}, {len(judged.text) // 2:,} labels"
    figures = [
        figure(
            "calibration",
            f"{what}: {method}",
            size,
            "log-loss",
            [loss for loss, _, _ in values],
            centre=mean,
            note=f"mean; Brier {mean(v[1] for v in values):.5f}, smooth ECE {mean(v[2] for v in values):.4f}, "
            f"95 % of perfect ones show at most {mean(floors):.4f}",
        )
        for method, values in found.items()
    ]
    best = min(RIVALS, key=lambda rival: mean(value[0] for value in found[rival]))
    apart = []
    for ours, theirs, text in zip(losses[CHOICE], losses[best], texts, strict=True):
        gap = paired_difference(ours - theirs, np.ones(len(text)), text)
        apart.append(gap.mean / max(gap.error, 1e-9))
    return [*figures, _behind(what, size, best, apart)]


def _behind(what: str, size: str, best: str, apart: list[float]) -> Figure:
    note = f"mean, of the paired log-loss difference from {best}, the best of the others; below 0 moddog is better"
    name = f"{what}: moddog's choice behind the best"
    return figure("calibration", name, size, "standard errors", apart, at_most=1.0, centre=mean, note=note)
