"""Calibration by moddog and by the libraries that others use, in one form: labels in, a map out."""

from collections.abc import Callable

import numpy as np
from mapie.calibration import VennAbersCalibrator
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from scipy.special import expit
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.calibration import CalibratedClassifierCV
from sklearn.frozen import FrozenEstimator
from venn_abers import VennAbers

from inference.calibration.calibrators import KINDS
from inference.calibration.fitting import fit
from inference.calibration.selection import select_calibrator

Array = NDArray[np.float64]
Map = Callable[[Array], Array]
CHOICE = "moddog's choice"


class Margins(ClassifierMixin, BaseEstimator):
    """A fitted classifier for scikit-learn whose decision function is the margin itself."""

    def fit(self, x: Array, y: Array) -> "Margins":
        self.classes_ = np.array([0, 1])
        return self

    def decision_function(self, x: Array) -> Array:
        return x[:, 0]

    def predict_proba(self, x: Array) -> Array:
        p = expit(x[:, 0])
        return np.column_stack([1.0 - p, p])

    def predict(self, x: Array) -> Array:
        return (x[:, 0] >= 0.0).astype(int)


def ours(kind: str) -> Callable[[Array, Array], Map]:
    return lambda z, y: fit(kind, z, y).predict


def chosen(z: Array, y: Array) -> Map:
    return select_calibrator(z, y, np.ones(len(z)), np.arange(len(z))).calibrator.predict


def tempered(z: Array, y: Array) -> Map:
    """One temperature for all margins (Guo and others 2017): without an intercept it follows no changed prior."""

    def loss(inverse: float) -> float:
        return float(np.mean(np.logaddexp(0.0, inverse * z) - y * inverse * z))

    inverse = float(minimize_scalar(loss, bounds=(0.0, 100.0), method="bounded").x)
    return lambda margins: expit(inverse * margins)


def by_scikit_learn(method: str) -> Callable[[Array, Array], Map]:
    """CalibratedClassifierCV over the margins, fitted on all labels."""

    def fitted(z: Array, y: Array) -> Map:
        given = FrozenEstimator(Margins().fit(z[:, None], y))
        model = CalibratedClassifierCV(given, method=method, ensemble=False).fit(z[:, None], y.astype(int))
        return lambda margins: model.predict_proba(margins[:, None])[:, 1]

    return fitted


def by_venn_abers(z: Array, y: Array) -> Map:
    model = VennAbers()
    model.fit(np.column_stack([1.0 - expit(z), expit(z)]), y.astype(int))
    return lambda margins: model.predict_proba(np.column_stack([1.0 - expit(margins), expit(margins)]))[0][:, 1]


def by_mapie(z: Array, y: Array) -> Map:
    given = Margins().fit(z[:, None], y)
    model = VennAbersCalibrator(given, cv="prefit").fit(z[:, None], y.astype(int))
    return lambda margins: model.predict_proba(margins[:, None])[:, 1]


RIVALS: dict[str, Callable[[Array, Array], Map]] = {
    "scikit-learn sigmoid": by_scikit_learn("sigmoid"),
    "scikit-learn isotonic": by_scikit_learn("isotonic"),
    "venn-abers": by_venn_abers,
    "MAPIE Venn-Abers": by_mapie,
    "temperature": tempered,
}
METHODS: dict[str, Callable[[Array, Array], Map]] = {
    CHOICE: chosen,
    **{f"moddog {kind}": ours(kind) for kind in KINDS},
    **RIVALS,
}
