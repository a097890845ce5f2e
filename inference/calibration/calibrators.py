"""Calibrators, functions from margin to probability, once they are fitted: writing and shifting them. Pure."""

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


@dataclass(frozen=True)
class BySourceCalibrator:
    """A calibrator for all sources, and another for each source that has its own (by name).

    Its JSON is that of the common calibrator with `"own": {source: that of its own}` added.
    """

    common: Calibrator
    own: Mapping[str, Calibrator]

    @property
    def kind(self) -> str:
        return self.common.kind

    @property
    def n(self) -> float:
        return self.common.n

    def predict(
        self, margins: ArrayLike, categories: ArrayLike | None = None, sources: ArrayLike | None = None
    ) -> Array:
        """Probabilities, of the shape of `margins`: each by its source's own calibrator, where there is one."""
        p = self.common.predict(margins, categories, sources)
        if sources is None:
            return p
        z, of = np.asarray(margins, dtype=float), np.asarray(sources, dtype=str)
        for source in set(np.unique(of).tolist()) & self.own.keys():
            rows = of == source
            within = None if categories is None else np.asarray(categories, dtype=str)[rows]
            p[rows] = self.own[source].predict(z[rows], within, of[rows])
        return p

    def to_json(self) -> dict[str, Any]:
        return self.common.to_json() | {"own": {source: each.to_json() for source, each in self.own.items()}}

    def shifted(self, logits: float) -> "BySourceCalibrator":
        """The common one moved: what is a source's own was fitted on its own labels."""
        return replace(self, common=self.common.shifted(logits))


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
