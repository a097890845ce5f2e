"""Calibrators, functions from margin to probability, once they are fitted: reading, writing and shifting them. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import expit, logit

Array = NDArray[np.float64]
KINDS = ("platt", "beta", "isotonic", "venn_abers", "histogram")
SLOPES = {"platt": 1, "beta": 2}


class Calibrator(Protocol):
    """A non-decreasing function from margins to probabilities in `[1/(n+2), 1 - 1/(n+2)]`, n the labels behind it.

    `categories` and `sources` name each margin's category and source; a calibrator without offsets ignores them.
    """

    @property
    def kind(self) -> str: ...
    @property
    def n(self) -> float: ...
    def predict(
        self, margins: ArrayLike, categories: ArrayLike | None = None, sources: ArrayLike | None = None
    ) -> Array: ...
    def to_json(self) -> dict[str, Any]: ...
    def shifted(self, logits: float) -> "Calibrator": ...


@dataclass(frozen=True)
class Logistic:
    """`logit p = features(z) @ slopes + intercept`: Platt's one slope, or beta's two."""

    kind: str
    slopes: tuple[float, ...]
    intercept: float
    n: float

    def predict(
        self, margins: ArrayLike, categories: ArrayLike | None = None, sources: ArrayLike | None = None
    ) -> Array:
        """Probabilities, of the shape of `margins`. Raises ValueError for a margin that is not a number."""
        z = _numbers(margins)
        return clipped(expit(features(self.kind, z) @ np.array(self.slopes) + self.intercept), self.n)

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

    def predict(
        self, margins: ArrayLike, categories: ArrayLike | None = None, sources: ArrayLike | None = None
    ) -> Array:
        """Probabilities, of the shape of `margins`. Raises ValueError for a margin that is not a number."""
        return clipped(np.interp(_numbers(margins), self.margins, self.probabilities), self.n)

    def to_json(self) -> dict[str, Any]:
        lists = {"margins": list(self.margins), "probabilities": list(self.probabilities)}
        return {"kind": self.kind, **lists, "n": self.n}

    def shifted(self, logits: float) -> "Knots":
        moved = expit(logit(np.array(self.probabilities)) + logits)
        return replace(self, probabilities=tuple(moved.tolist()))


@dataclass(frozen=True)
class VennAbers(Knots):
    """A Venn-Abers calibrator, with the interval between the fits in which a message is benign and a violation.

    `low` and `high` lie at the knots. The interval is valid for equally weighted labels drawn like the traffic;
    `indicative` where labels were weighted.
    """

    low: tuple[float, ...]
    high: tuple[float, ...]
    indicative: bool

    def interval(self, margins: ArrayLike) -> tuple[Array, Array]:
        """Low and high probabilities, each of the shape of `margins`."""
        z = _numbers(margins)
        return np.interp(z, self.margins, self.low), np.interp(z, self.margins, self.high)

    def to_json(self) -> dict[str, Any]:
        return super().to_json() | {"low": list(self.low), "high": list(self.high), "indicative": self.indicative}

    def shifted(self, logits: float) -> "VennAbers":
        moved = super().shifted(logits)
        low, high = (expit(logit(np.array(side)) + logits) for side in (self.low, self.high))
        return replace(self, probabilities=moved.probabilities, low=tuple(low.tolist()), high=tuple(high.tolist()))


@dataclass(frozen=True)
class OffsetCalibrator:
    """A calibrator with offsets: what a message's category and source add to the logit. Unknown names add nothing.

    Its JSON is that of the plain calibrator with `"offsets": {"categories": {...}, "sources": {...}}` added.
    """

    plain: Calibrator
    categories: Mapping[str, float]
    sources: Mapping[str, float]

    @property
    def kind(self) -> str:
        return self.plain.kind

    @property
    def n(self) -> float:
        return self.plain.n

    def predict(
        self, margins: ArrayLike, categories: ArrayLike | None = None, sources: ArrayLike | None = None
    ) -> Array:
        """Probabilities, of the shape of `margins`; rising with the margin within a category and source."""
        p = self.plain.predict(margins)
        moves = added_logits(self.categories, categories, p.shape) + added_logits(self.sources, sources, p.shape)
        return clipped(expit(logit(p) + moves), self.n)

    def to_json(self) -> dict[str, Any]:
        offsets = {"categories": dict(self.categories), "sources": dict(self.sources)}
        return self.plain.to_json() | {"offsets": offsets}

    def shifted(self, logits: float) -> "OffsetCalibrator":
        return replace(self, plain=self.plain.shifted(logits))


def added_logits(offsets: Mapping[str, float], names: ArrayLike | None, shape: tuple[int, ...]) -> Array:
    """The offset of each name, 0 for names without one; all 0 where there are no names.

    Raises ValueError where names are not of the shape of the margins.
    """
    if names is None or not offsets:
        return np.zeros(shape)
    given = np.asarray(names, dtype=str)
    if given.shape != shape:
        raise ValueError(f"names have the shape {given.shape}, margins {shape}")
    different, at = np.unique(given, return_inverse=True)
    return np.array([offsets.get(str(name), 0.0) for name in different])[at].reshape(shape)


def from_json(data: Mapping[str, Any]) -> Calibrator:
    """The calibrator that `to_json` wrote, exactly; other keys are left alone. Raises ValueError where it is none."""
    try:
        plain = _parsed(data)
        return _with_offsets(plain, data["offsets"]) if "offsets" in data else plain
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"this is no calibrator: {error!r}") from error


def shift_to_prior(calibrator: Calibrator, from_prior: float, to_prior: float) -> Calibrator:
    """The calibrator for traffic where violations have the share `to_prior`, fitted where they had `from_prior`.

    Adds the difference of the prior logits (Saerens, Latinne and Decaestecker 2002): right where the margins of
    either class are distributed alike in both. Raises ValueError unless both priors lie strictly between 0 and 1.
    """
    if not (0.0 < from_prior < 1.0 and 0.0 < to_prior < 1.0):
        raise ValueError("a prior lies strictly between 0 and 1")
    return calibrator.shifted(float(logit(to_prior) - logit(from_prior)))


def features(kind: str, z: Array) -> Array:
    """Rising features of the margins, on a new last axis: the margin itself, or `log s(z)` and `-log(1 - s(z))`."""
    if kind == "platt":
        return z[..., None]
    return np.stack([-np.logaddexp(0.0, -z), np.logaddexp(0.0, z)], axis=-1)


def clipped(p: Array, n: float) -> Array:
    return np.clip(p, 1.0 / (n + 2.0), 1.0 - 1.0 / (n + 2.0))


def _numbers(margins: ArrayLike) -> Array:
    z = np.asarray(margins, dtype=float)
    if np.isnan(z).any():
        raise ValueError("a margin is not a number")
    return z


def _parsed(data: Mapping[str, Any]) -> Calibrator:
    kind, n = data["kind"], float(data["n"])
    if kind not in KINDS or not (np.isfinite(n) and n > 0.0):
        raise ValueError(f"this is no calibrator: kind {kind!r} on {n:g} labels")
    return _parsed_logistic(kind, n, data) if kind in SLOPES else _parsed_knots(kind, n, data)


def _parsed_logistic(kind: str, n: float, data: Mapping[str, Any]) -> Logistic:
    slopes = tuple(float(slope) for slope in data["slopes"])
    sound = len(slopes) == SLOPES[kind] and all(0.0 < slope < np.inf for slope in slopes)
    if not sound or not np.isfinite(float(data["intercept"])):
        raise ValueError(f"a {kind} calibrator has {SLOPES[kind]} slopes above zero and a finite intercept")
    return Logistic(kind, slopes, float(data["intercept"]), n)


def _parsed_knots(kind: str, n: float, data: Mapping[str, Any]) -> Knots:
    x, p = _rising(kind, data["margins"], data["probabilities"])
    if kind != "venn_abers":
        return Knots(kind, x, p, n)
    _, low = _rising(kind, x, data["low"])
    _, high = _rising(kind, x, data["high"])
    return VennAbers(kind, x, p, n, low, high, bool(data["indicative"]))


def _rising(kind: str, margins: Any, probabilities: Any) -> tuple[tuple[float, ...], tuple[float, ...]]:
    x, p = np.array(margins, dtype=float), np.array(probabilities, dtype=float)
    if x.ndim != 1 or x.shape != p.shape or len(x) < 2 or not np.isfinite(x).all():
        raise ValueError(f"a {kind} calibrator has at least two knots, each with a margin and a probability")
    if not ((np.diff(x) > 0.0).all() and (np.diff(p) >= 0.0).all() and p[0] > 0.0 and p[-1] < 1.0):
        raise ValueError("knots must rise, strictly between 0 and 1")
    return tuple(x.tolist()), tuple(p.tolist())


def _with_offsets(plain: Calibrator, offsets: Mapping[str, Any]) -> OffsetCalibrator:
    found = [{str(name): float(move) for name, move in offsets[factor].items()} for factor in ("categories", "sources")]
    if not all(np.isfinite(move) for moves in found for move in moves.values()):
        raise ValueError("offsets must be finite")
    return OffsetCalibrator(plain, *found)
