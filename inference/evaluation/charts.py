"""The charts of an evaluation as Plotly figures (plain dictionaries), and its starkest errors. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import expit

from inference.evaluation.evaluate import Array, Divided, Scored
from inference.reliability.curves import Bin, reliability, risk_coverage

Figure = dict[str, Any]
ACCENT, GREY, GREEN, RED, BAND = "#1b6a8c", "#8a8d94", "#58a07c", "#b8392e", "rgba(27,106,140,.14)"
BARS = 40
STARKEST = 15


@dataclass(frozen=True)
class Mistake:
    """A text on whose flag the calibrated probability is wrong."""

    text: str
    probability: float
    flag: int
    category: str
    source: str


def charts(divided: Divided) -> dict[str, Figure]:
    """Reliability, margins by label, and risk against coverage, each by its name, for the rows that fitted nothing."""
    on = divided.on
    found = {
        "reliability": _reliability(on.margins, on.probabilities, on.flags),
        "margins": _margins(on.margins, on.flags),
    }
    if on.probabilities is not None:
        found["risk"] = _risk(on.probabilities, on.flags)
    return found


def mistakes(scored: Scored, divided: Divided) -> list[Mistake]:
    """The measured texts on which the calibrated flag is most surely wrong, the surest first."""
    p = divided.on.probabilities
    if p is None:
        return []
    rows = np.flatnonzero(~divided.fitted)
    wrong = (p >= 0.5) != (divided.on.flags == 1.0)
    order = np.argsort(-np.where(wrong, np.abs(p - 0.5), -1.0), kind="stable")[: min(STARKEST, int(wrong.sum()))]
    return [
        Mistake(
            text=scored.texts[rows[at]],
            probability=float(p[at]),
            flag=int(divided.on.flags[at]),
            category=scored.categories[rows[at]] or "",
            source=scored.sources[rows[at]],
        )
        for at in order
    ]


def _reliability(margins: Array, probabilities: Array | None, flags: Array) -> Figure:
    traces: list[Figure] = [_line([0, 1], [0, 1], GREY, "perfect", width=1)]
    traces.append(_points(reliability(expit(margins), flags).bins, GREY, "raw logit"))
    if probabilities is not None:
        bins = reliability(probabilities, flags).bins
        traces = [_band(bins), *traces, _points(bins, ACCENT, "calibrated")]
    return {"data": traces, "layout": _layout("predicted probability of a violation", "labelled a violation")}


def _points(bins: Sequence[Bin], color: str, name: str) -> Figure:
    y = [bin.observed for bin in bins]
    return {
        **_line([bin.predicted for bin in bins], y, color, name),
        "mode": "lines+markers",
        "error_y": {
            "type": "data",
            "symmetric": False,
            "array": [bin.interval[1] - bin.observed for bin in bins],
            "arrayminus": [bin.observed - bin.interval[0] for bin in bins],
            "width": 0,
            "thickness": 1,
        },
        "text": [f"{bin.count:,} texts" for bin in bins],
    }


def _band(bins: Sequence[Bin]) -> Figure:
    x = [bin.predicted for bin in bins]
    y = [bin.band[1] for bin in bins] + [bin.band[0] for bin in reversed(bins)]
    shape = {"fill": "toself", "fillcolor": BAND, "hoverinfo": "skip", "line": {"width": 0}}
    return {"x": x + x[::-1], "y": y, "mode": "lines", "name": "where a perfect calibrator would lie", **shape}


def _margins(margins: Array, flags: Array) -> Figure:
    edges = np.histogram_bin_edges(margins, BARS)
    middles = ((edges[:-1] + edges[1:]) / 2.0).tolist()
    traces = [
        {
            "type": "bar",
            "x": middles,
            "y": np.histogram(margins[flags == value], edges)[0].tolist(),
            "name": name,
            "marker": {"color": color, "opacity": 0.75},
        }
        for value, name, color in ((0.0, "benign", GREEN), (1.0, "violation", RED))
    ]
    return {"data": traces, "layout": {**_layout("margin, log P(true) - log P(false)", "texts"), "barmode": "stack"}}


def _risk(probabilities: Array, flags: Array) -> Figure:
    curve = risk_coverage(probabilities, flags)
    x = [point.coverage for point in curve]
    y = [point.high for point in curve] + [point.low for point in reversed(curve)]
    shape = {"fill": "toself", "fillcolor": BAND, "hoverinfo": "skip", "line": {"width": 0}}
    band = {"x": x + x[::-1], "y": y, "mode": "lines", "name": "95 % interval", **shape}
    line = _line(x, [point.risk for point in curve], ACCENT, "wrong among these")
    return {"data": [band, line], "layout": _layout("share acted on alone, the surest first", "wrong among these")}


def _line(x: Sequence[float], y: Sequence[float], color: str, name: str, width: float = 2) -> Figure:
    return {"x": list(x), "y": list(y), "mode": "lines", "name": name, "line": {"color": color, "width": width}}


def _layout(x: str, y: str) -> Figure:
    axis = {"gridcolor": "rgba(128,128,128,.22)", "zeroline": False}
    return {
        "xaxis": {**axis, "title": {"text": x}},
        "yaxis": {**axis, "title": {"text": y}, "rangemode": "tozero"},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "margin": {"l": 64, "r": 16, "t": 16, "b": 52},
        "legend": {"orientation": "h", "y": 1.12},
        "hovermode": "closest",
    }
