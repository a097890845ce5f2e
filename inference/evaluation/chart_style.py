"""How a chart looks: one Plotly template for light and dark, and the pieces that several charts are made of. Pure.

A figure is plain data, `{"data": [trace, ...], "layout": {...}}`, as plotly.js reads it. Plotly's classes for Python
would check each value, which takes longer than all else that a page of charts does: that is left to the tests.

A colour is the name of a CSS custom property, as `var(--accent)`. The page that draws the chart puts in the colour that
it shows now, so one figure serves light and dark. Shares are drawn in percent, 0 to 100.
"""

from collections.abc import Sequence
from math import sqrt
from typing import Any

from inference.words import number

INK, SOFT, CARD = "var(--ink)", "var(--ink-soft)", "var(--card)"
HAIRLINE, EDGE = "var(--line)", "var(--line-strong)"
ACCENT, BAND, BAR, QUIET = "var(--accent)", "var(--chart-band)", "var(--chart-bar)", "var(--chart-quiet)"
ALLOW, REVIEW, HIDE, ACT = "var(--allow)", "var(--review)", "var(--hide)", "var(--act)"
CLEAR = "rgba(0,0,0,0)"
MARGIN = {"l": 54, "r": 20, "t": 12, "b": 46}
FONT = "Inter, system-ui, sans-serif"
TICKS = tuple(step * 10**power for power in range(9) for step in (1, 2, 5) if (step, power) != (2, 0))
Figure = dict[str, Any]
Trace = dict[str, Any]
_AXIS = {
    "gridcolor": HAIRLINE,
    "linecolor": EDGE,
    "zeroline": False,
    "ticks": "",
    "tickfont": {"size": 12, "color": SOFT},
    "title": {"font": {"size": 12, "color": SOFT}, "standoff": 10},
    "fixedrange": True,
}
TEMPLATE = {
    "layout": {
        "paper_bgcolor": CLEAR,
        "plot_bgcolor": CLEAR,
        "font": {"family": FONT, "size": 13, "color": INK},
        "margin": MARGIN,
        "showlegend": False,
        "hovermode": "closest",
        "hoverlabel": {
            "bgcolor": "var(--invert)",
            "bordercolor": CLEAR,
            "font": {"family": FONT, "size": 13, "color": "var(--on-invert)"},
        },
        "xaxis": _AXIS | {"ticklabelstandoff": 4},
        "yaxis": _AXIS,
        "annotationdefaults": {"showarrow": False, "font": {"size": 12, "color": SOFT}},
    }
}
"""Paper background, hairline grid, no legend, nothing to zoom."""


def figure(traces: Sequence[Trace], **layout: Any) -> Figure:
    """A figure of ours; `layout` is Plotly's, and wins over the template."""
    return {"data": list(traces), "layout": {"template": TEMPLATE, **layout}}


def scatter(**fields: Any) -> Trace:
    """Points, lines or both."""
    return {"type": "scatter", **fields}


def bar(**fields: Any) -> Trace:
    return {"type": "bar", **fields}


def empty(words: str) -> Figure:
    """What stands in place of a chart that has nothing to show yet."""
    hidden = {"visible": False}
    place = {"x": 0.5, "y": 0.5, "xref": "paper", "yref": "paper", "font": {"size": 13}}
    return figure([], xaxis=hidden, yaxis=hidden, annotations=[{"text": words, **place}])


def area(x: Sequence[Any], low: Sequence[float], high: Sequence[float]) -> Trace:
    """The soft area between two lines."""
    return scatter(
        x=[*x, *reversed(x)],
        y=[*high, *reversed(low)],
        mode="lines",
        fill="toself",
        fillcolor=BAND,
        line={"width": 0},
        hoverinfo="skip",
    )


def counted_bars(counts: Sequence[int], words: str, color: str | Sequence[str], **more: Any) -> Trace:
    """Counts in equal bins of the probability, on a root scale, so that few are seen beside many.

    `words` says one: %(count)s, and the bin from %(low)s to %(high)s percent.
    """
    step = 100 / len(counts)
    ends = [(number(step * index, "g"), number(step * (index + 1), "g")) for index in range(len(counts))]
    return bar(
        x=[(index + 0.5) * step for index in range(len(counts))],
        y=[sqrt(count) for count in counts],
        width=step * 0.84,
        marker={"color": color},
        customdata=[
            words % {"count": number(count), "low": low, "high": high}
            for count, (low, high) in zip(counts, ends, strict=True)
        ],
        hovertemplate="%{customdata}<extra></extra>",
        **more,
    )


def count_axis(most: int, title: str, labels: int = 3) -> dict[str, Any]:
    """A root scale from 0 to `most`, with at most so many round labels."""
    shown = [tick for tick in TICKS if tick <= most]
    shown = shown[:: -max(1, -(-len(shown) // labels))][::-1]
    return {
        "range": [0, sqrt(max(1, most)) * 1.08],
        "tickvals": [sqrt(tick) for tick in shown],
        "ticktext": [number(tick) for tick in shown],
        "title": {"text": title},
    }


def share_axis(title: str, **more: Any) -> dict[str, Any]:
    """An axis of shares, 0 to 100 %. What is None in `more` is left to plotly.js."""
    found = {"range": [0, 100], "dtick": 20, "ticksuffix": " %", "title": {"text": title}} | more
    return {name: value for name, value in found.items() if value is not None}


def percents(shares: Sequence[float]) -> list[float]:
    """Shares as the axes have them."""
    return [100.0 * share for share in shares]


def said(share: float) -> str:
    """0.0412 as "4.1 %", 0.58 as "58 %"."""
    return f"{number(100.0 * share, '.1f' if share < 0.1 else '.0f')} %"
