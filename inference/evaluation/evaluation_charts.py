"""What an evaluation draws: the charts of the rows that fitted nothing, each with the table behind it. Pure."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from scipy.special import expit

from inference.evaluation.chart_style import said
from inference.evaluation.charts import NAMES, Curve, margins_by_label, reliability, risk_coverage
from inference.evaluation.evaluate import Array, Divided, Measured
from inference.reliability import curves

BARS = 20
MARGIN_BARS = 40


@dataclass(frozen=True)
class Charted:
    """A Plotly figure, its title, and its points as rows under `columns`."""

    title: str
    figure: Any
    columns: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]


def charts(divided: Divided) -> dict[str, Charted]:
    """Reliability, margins by label, and risk against coverage where a calibrator was fitted, each by its name."""
    on = divided.on
    found = {"reliability": _reliability(on), "margins": _margins(on.margins, on.flags)}
    if on.probabilities is not None:
        found["risk"] = _risk(on.probabilities, on.flags)
    return found


def _reliability(on: Measured) -> Charted:
    drawn = {"calibrated": on.probabilities, "raw": expit(on.margins)}
    found = {name: _curve(p, on.flags) for name, p in drawn.items() if p is not None}
    if on.emitted is not None and (~np.isnan(on.emitted)).any():
        found["emitted"] = _written(on.margins, on.emitted, on.flags)
    counts = [] if on.probabilities is None else np.histogram(on.probabilities, BARS, (0.0, 1.0))[0].tolist()
    rows = [
        (NAMES[name], said(bin["predicted"]), said(bin["observed"]), _between(*bin["interval"]), f"{bin['count']:,}")
        for name, curve in found.items()
        for bin in curve
    ]
    columns = ("line", "predicted", "labelled a violation", "95 % interval", "texts")
    return Charted("Reliability: predicted against labelled", reliability(found, counts), columns, rows)


def _curve(probabilities: Array, flags: Array) -> Curve:
    return [asdict(bin) for bin in curves.reliability(probabilities, flags).bins]


def _written(margins: Array, emitted: Array, flags: Array) -> Curve:
    """The written confidence in the model's own flag, as a probability of a violation."""
    there = ~np.isnan(emitted)
    p = np.where(margins >= 0.0, emitted, 1.0 - emitted)[there]
    return _curve(np.clip(p, 0.0, 1.0), flags[there])


def _margins(margins: Array, flags: Array) -> Charted:
    edges = np.histogram_bin_edges(margins, MARGIN_BARS)
    benign, violating = (np.histogram(margins[flags == value], edges)[0].tolist() for value in (0.0, 1.0))
    bins = zip(edges[:-1], edges[1:], benign, violating, strict=True)
    rows = [(f"{low:.2f} to {high:.2f}", f"{good:,}", f"{bad:,}") for low, high, good, bad in bins if good or bad]
    figure = margins_by_label(edges.tolist(), benign, violating)
    return Charted("Margins by label", figure, ("margin", "benign", "violating"), rows)


def _risk(probabilities: Array, flags: Array) -> Charted:
    curve = [asdict(point) for point in curves.risk_coverage(probabilities, flags)]
    rows = [
        (said(at["coverage"]), said(at["confidence"]), said(at["risk"]), _between(at["low"], at["high"]))
        for at in curve
    ]
    columns = ("acted on", "confidence from", "flag is wrong", "95 % interval")
    return Charted("How far one may act alone", risk_coverage(curve), columns, rows)


def _between(low: float, high: float) -> str:
    return f"{said(low)} to {said(high)}"
