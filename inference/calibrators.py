"""Margin to probability: monotone maps fitted on labels. Pure.

Four kinds. *Platt*: `logit p = a z + b` (Platt 1999, with his smoothed targets). *Beta*: `logit p = a log s(z) -
b log(1 - s(z)) + c`, with s the logistic function (Kull, Silva Filho and Flach 2017). *Isotonic*: the best
non-decreasing steps, ties pooled. *Histogram*: equal-mass bins, pooled to rise. All read the margin itself, never a
probability of it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import expit, logit

from inference.logistic import fit_logistic
from inference.steps import histogram_steps, isotonic_steps, knots, pooled_ties

Array = NDArray[np.float64]
KINDS = ("platt", "beta", "isotonic", "histogram")
LEAST_LABELS = {"platt": 10, "beta": 50, "isotonic": 50, "histogram": 50}  # effective, of either class
LEAST_BETA_SLOPE = 0.01  # keeps both tails of a beta map rising
_SLOPES = {"platt": 1, "beta": 2}


class CannotFit(ValueError):
    """These labels give no map of this kind; the message says why."""


class NotEnoughLabels(CannotFit):
    """Too few effective labels of one class."""


class NotRising(CannotFit):
    """Violations do not get likelier as the margin rises."""


class Calibrator(Protocol):
    """A non-decreasing map from margins to probabilities in `[1/(n+2), 1 - 1/(n+2)]`, n the labels behind it."""

    @property
    def kind(self) -> str: ...
    def predict(self, margins: ArrayLike) -> Array: ...
    def to_json(self) -> dict[str, Any]: ...
    def shifted(self, logits: float) -> "Calibrator": ...


@dataclass(frozen=True)
class Logistic:
    """`logit p = features(z) @ slopes + intercept`: Platt's one slope, or beta's two."""

    kind: str
    slopes: tuple[float, ...]
    intercept: float
    n: float

    def predict(self, margins: ArrayLike) -> Array:
        """Probabilities, of the shape of `margins`. Raises ValueError for a margin that is not a number."""
        z = _numbers(margins)
        return _clipped(expit(_features(self.kind, z) @ np.array(self.slopes) + self.intercept), self.n)

    def to_json(self) -> dict[str, Any]:
        return {"kind": self.kind, "slopes": list(self.slopes), "intercept": self.intercept, "n": self.n}

    def shifted(self, logits: float) -> "Logistic":
        return replace(self, intercept=self.intercept + logits)


@dataclass(frozen=True)
class Knots:
    """Straight lines between knots; level beyond the first and the last."""

    kind: str
    margins: tuple[float, ...]
    probabilities: tuple[float, ...]
    n: float

    def predict(self, margins: ArrayLike) -> Array:
        """Probabilities, of the shape of `margins`. Raises ValueError for a margin that is not a number."""
        return _clipped(np.interp(_numbers(margins), self.margins, self.probabilities), self.n)

    def to_json(self) -> dict[str, Any]:
        lists = {"margins": list(self.margins), "probabilities": list(self.probabilities)}
        return {"kind": self.kind, **lists, "n": self.n}

    def shifted(self, logits: float) -> "Knots":
        moved = expit(logit(np.array(self.probabilities)) + logits)
        return replace(self, probabilities=tuple(moved.tolist()))


def fit(kind: str, margins: ArrayLike, targets: ArrayLike, weights: ArrayLike | None = None) -> Calibrator:
    """Fit a map of `kind` on n labelled margins.

    `targets` are 0 or 1, or shares of reviewers in between. `weights` count labels: a weight of two is a row
    given twice, so scale sampling weights to their effective size first (`reliability.scaled_to_effective`).
    Raises NotEnoughLabels below 10 effective labels of either class (50 for all but Platt), NotRising where
    violations do not get likelier with the margin, ValueError for malformed arrays.
    """
    if kind not in KINDS:
        raise ValueError(f"no calibrator is called {kind!r}; there are {', '.join(KINDS)}")
    z, y, w = labelled(margins, targets, weights)
    violations, benign = float(w @ y), float(w @ (1.0 - y))
    if min(violations, benign) < LEAST_LABELS[kind] * (1.0 - 1e-9):
        raise NotEnoughLabels(
            f"{kind} needs {LEAST_LABELS[kind]} labels of either class; "
            f"there are {violations:.4g} violations and {benign:.4g} benign"
        )
    z, y, w = pooled_ties(z, y, w)
    return _fit_logistic(kind, z, y, w) if kind in _SLOPES else _fit_steps(kind, z, y, w)


def from_json(data: Mapping[str, Any]) -> Calibrator:
    """The map that `to_json` wrote, exactly; other keys are left alone. Raises ValueError where it is no such map."""
    try:
        return _parsed(data)
    except (KeyError, TypeError) as error:
        raise ValueError(f"this is no calibrator: {error!r}") from error


def shift_to_prior(calibrator: Calibrator, from_prior: float, to_prior: float) -> Calibrator:
    """The map for traffic where violations have the share `to_prior`, fitted where they had `from_prior`.

    Adds the difference of the prior logits (Saerens, Latinne and Decaestecker 2002): right where the margins of
    either class are distributed alike in both. Raises ValueError unless both priors lie strictly between 0 and 1.
    """
    if not (0.0 < from_prior < 1.0 and 0.0 < to_prior < 1.0):
        raise ValueError("a prior lies strictly between 0 and 1")
    return calibrator.shifted(float(logit(to_prior) - logit(from_prior)))


def labelled(margins: ArrayLike, targets: ArrayLike, weights: ArrayLike | None) -> tuple[Array, Array, Array]:
    """Rows of positive weight as three float arrays of one length. Raises ValueError where they are no such thing."""
    z, y = np.asarray(margins, dtype=float), np.asarray(targets, dtype=float)
    w = np.ones(z.shape) if weights is None else np.asarray(weights, dtype=float)
    if z.ndim != 1 or z.shape != y.shape or z.shape != w.shape:
        raise ValueError(f"margins, targets and weights are rows of one length, not {z.shape}, {y.shape}, {w.shape}")
    if not (np.isfinite(z).all() and np.isfinite(w).all()):
        raise ValueError("margins and weights must be finite")
    if not ((y >= 0.0) & (y <= 1.0)).all():
        raise ValueError("targets must lie in 0 to 1")
    if (w < 0.0).any() or not w.any():
        raise ValueError("weights must not be negative, nor all zero")
    return z[w > 0.0], y[w > 0.0], w[w > 0.0]


def bin_count(n: float) -> int:
    """How many equal-mass bins n labels carry: n / 50, at least 5, at most 15."""
    return int(np.clip(n / 50.0, 5, 15))


def _fit_logistic(kind: str, z: Array, y: Array, w: Array) -> Logistic:
    violations, benign = w @ y, w @ (1.0 - y)
    smoothed = y * (violations + 1.0) / (violations + 2.0) + (1.0 - y) / (benign + 2.0)
    features = _features(kind, z)
    free = fit_logistic(features, smoothed, w)
    slopes, intercept = free[:-1], free[-1]
    if kind == "beta" and (slopes < LEAST_BETA_SLOPE).sum() == 1:
        held = int(np.argmin(slopes))
        rest = fit_logistic(features[:, [1 - held]], smoothed, w, LEAST_BETA_SLOPE * features[:, held])
        slopes[held], slopes[1 - held], intercept = LEAST_BETA_SLOPE, rest[0], rest[1]
    if (slopes <= (0.0 if kind == "platt" else LEAST_BETA_SLOPE * (1.0 - 1e-9))).any():
        raise NotRising("the labels do not get more often violations as the margin rises")
    return Logistic(kind, tuple(slopes.tolist()), float(intercept), float(w.sum()))


def _fit_steps(kind: str, z: Array, y: Array, w: Array) -> Knots:
    n = float(w.sum())
    steps = isotonic_steps(z, y, w) if kind == "isotonic" else histogram_steps(z, y, w, bin_count(n))
    if len(steps.value) == 1:
        raise NotRising("the labels do not get more often violations as the margin rises")
    x, p = knots(steps, 1.0 / (n + 2.0), 1.0 - 1.0 / (n + 2.0))
    return Knots(kind, tuple(x.tolist()), tuple(p.tolist()), n)


def _features(kind: str, z: Array) -> Array:
    """Rising features of the margins, on a new last axis: the margin itself, or `log s(z)` and `-log(1 - s(z))`."""
    if kind == "platt":
        return z[..., None]
    return np.stack([-np.logaddexp(0.0, -z), np.logaddexp(0.0, z)], axis=-1)


def _numbers(margins: ArrayLike) -> Array:
    z = np.asarray(margins, dtype=float)
    if np.isnan(z).any():
        raise ValueError("a margin is not a number")
    return z


def _clipped(p: Array, n: float) -> Array:
    return np.clip(p, 1.0 / (n + 2.0), 1.0 - 1.0 / (n + 2.0))


def _parsed(data: Mapping[str, Any]) -> Calibrator:
    kind, n = data["kind"], float(data["n"])
    if kind not in KINDS or not (np.isfinite(n) and n > 0.0):
        raise ValueError(f"this is no calibrator: kind {kind!r} on {n:g} labels")
    if kind in _SLOPES:
        slopes = tuple(float(slope) for slope in data["slopes"])
        sound = len(slopes) == _SLOPES[kind] and all(0.0 < slope < np.inf for slope in slopes)
        if not sound or not np.isfinite(float(data["intercept"])):
            raise ValueError(f"a {kind} map has {_SLOPES[kind]} slopes above zero and a finite intercept")
        return Logistic(kind, slopes, float(data["intercept"]), n)
    x, p = np.array(data["margins"], dtype=float), np.array(data["probabilities"], dtype=float)
    if x.ndim != 1 or x.shape != p.shape or len(x) < 2 or not np.isfinite(x).all():
        raise ValueError(f"a {kind} map has at least two knots, each with a margin and a probability")
    if not ((np.diff(x) > 0.0).all() and (np.diff(p) >= 0.0).all() and p[0] > 0.0 and p[-1] < 1.0):
        raise ValueError("knots must rise, strictly between 0 and 1")
    return Knots(kind, tuple(x.tolist()), tuple(p.tolist()), n)
