"""The charts of probabilities against labels: reliability, risk against coverage, and margins by label. Pure.

Reports, pages and pictures draw the same figures. Rows are what is stored: a reliability curve is a row for each bin,
with `predicted`, `observed`, `interval`, `band` and `count`; a risk curve is a row for each of its points.
"""

from collections.abc import Mapping, Sequence
from html import escape
from itertools import pairwise
from typing import Any

import numpy as np

from inference.evaluation import chart_style as style
from inference.evaluation.curve_labels import places
from inference.words import gettext, gettext_noop, number

Row = Mapping[str, Any]
Curve = Sequence[Row]
NAMES = {
    "emitted": gettext_noop("written by the model"),
    "raw": gettext_noop("raw logit"),
    "calibrated": gettext_noop("calibrated"),
}
"""The curves of a reliability diagram and their labels, in the order in which they are drawn."""
ACTIONS = {"allow": gettext_noop("allow"), "hide": gettext_noop("hide"), "remove": gettext_noop("remove")}
STROKES: dict[str, dict[str, Any]] = {
    "emitted": {"line": {"color": style.SOFT, "width": 1.5, "dash": "dot"}, "symbol": "circle-open", "size": (3, 4)},
    "raw": {"line": {"color": style.QUIET, "width": 1.5}, "symbol": "circle", "size": (3, 4)},
    "calibrated": {"line": {"color": style.ACCENT, "width": 2.5}, "symbol": "circle", "size": (5, 6)},
}


def reliability(curves: Mapping[str, Curve], counts: Sequence[int] = ()) -> Any:
    """Predicted against observed shares of each curve, by its name in NAMES, over `counts` in equal bins of 0 to 1.

    The band is that of the calibrated curve; the counts are its labels. Without any curve the figure says so.
    """
    drawn = {name: curves[name] for name in NAMES if curves.get(name)}
    if not drawn:
        return style.empty(gettext("The diagram appears here once enough labels are there."))
    traces = [_diagonal()]
    if "calibrated" in drawn:
        traces.append(_band(drawn["calibrated"]))
    traces += [_curve(curve, name) for name, curve in drawn.items()]
    beneath = {"domain": [0.24, 1.0]} if len(counts) else {}
    axes: dict[str, Any] = {
        "xaxis": style.share_axis(gettext("predicted to be a violation")),
        "yaxis": style.share_axis(gettext("decided to be a violation"), range=[-2, 102], **beneath),
    }
    if len(counts):
        words = gettext("%(count)s labels between %(low)s and %(high)s %%")
        traces.append(style.counted_bars(counts, words, style.BAR, yaxis="y2"))
        axes["xaxis"] |= {"anchor": "y2"}
        axes["yaxis2"] = style.count_axis(max(counts), gettext("labels"), labels=1) | {
            "domain": [0, 0.15],
            "anchor": "x",
        }
    return style.figure(traces, **axes, annotations=_names(drawn))


def risk_coverage(curve: Curve, certified: Sequence[Row] = ()) -> Any:
    """How often the flag is wrong among the most confident share, with the 95 % interval.

    `certified` marks each certified margin: `share` of the messages, `bound` of their errors, `action` and `source`.
    """
    if not curve:
        return style.empty(gettext("The curve appears here once a calibrator has enough labels."))
    x = style.percents([point["coverage"] for point in curve])
    low, high = (style.percents([point[end] for point in curve]) for end in ("low", "high"))
    traces = [
        style.area(x, low, high),
        style.scatter(
            x=x,
            y=style.percents([point["risk"] for point in curve]),
            mode="lines",
            line={"color": style.ACCENT, "width": 2.5},
            customdata=[_risk_words(point) for point in curve],
            hovertemplate="%{customdata}<extra></extra>",
        ),
    ]
    if certified:
        traces.append(_certified(certified))
    most = max(5.0, *high, *style.percents([point["bound"] for point in certified]))
    return style.figure(
        traces,
        xaxis=style.share_axis(gettext("acted on alone, the most confident first")),
        yaxis={"range": [0, most * 1.08], "ticksuffix": " %", "nticks": 6, "title": {"text": gettext("flag is wrong")}},
    )


def margins_by_label(edges: Sequence[float], benign: Sequence[int], violating: Sequence[int]) -> Any:
    """Texts by margin, benign and violating ones on each other; n + 1 `edges` for n counts."""
    if not any(benign) and not any(violating):
        return style.empty(gettext("No labelled text is there to count."))
    middles = [(low + high) / 2.0 for low, high in pairwise(edges)]
    traces = [
        style.bar(
            x=middles,
            y=list(counts),
            marker={"color": color},
            hovertemplate=gettext("%(count)s %(kind)s near %(margin)s")
            % {"count": "%{y:,}", "kind": name, "margin": "%{x:.1f}"}
            + "<extra></extra>",
        )
        for name, counts, color in (
            (gettext("benign"), benign, style.ALLOW),
            (gettext("violating"), violating, style.ACT),
        )
    ]
    return style.figure(
        traces,
        barmode="stack",
        bargap=0.2,
        margin=style.MARGIN | {"t": 30},
        xaxis={"title": {"text": gettext("margin, log P(true) − log P(false)")}, "showgrid": False},  # noqa: RUF001
        yaxis={"title": {"text": gettext("texts")}, "rangemode": "tozero", "nticks": 5},
        annotations=[
            _corner(gettext("benign"), "left", "var(--allow-ink)"),
            _corner(gettext("violating"), "right", "var(--act-ink)"),
        ],
    )


def _corner(name: str, side: str, color: str) -> dict[str, Any]:
    """The name of a colour, above the side of the plot where it is mostly found."""
    place = {"x": int(side == "right"), "xanchor": side, "xref": "paper", "y": 1, "yref": "paper", "yanchor": "bottom"}
    return {"text": f"■ {name}", "yshift": 6, "font": {"color": color, "size": 12}, **place}


def _diagonal() -> Any:
    return style.scatter(x=[0, 100], y=[0, 100], mode="lines", hoverinfo="skip", line={"color": style.EDGE, "width": 1})


def _band(curve: Curve) -> Any:
    low, high = (style.percents([bin["band"][end] for bin in curve]) for end in (0, 1))
    return style.area(style.percents([bin["predicted"] for bin in curve]), low, high)


def _curve(curve: Curve, name: str) -> Any:
    """A curve with intervals where it is the one that counts; a point's size grows with the root of its labels."""
    stroke, strong = STROKES[name], name == "calibrated"
    most = max(1, *(bin["count"] for bin in curve))
    least, more = stroke["size"]
    return style.scatter(
        x=style.percents([bin["predicted"] for bin in curve]),
        y=style.percents([bin["observed"] for bin in curve]),
        name=gettext(NAMES[name]),
        mode="lines+markers",
        line=stroke["line"],
        marker={
            "color": stroke["line"]["color"],
            "symbol": stroke["symbol"],
            "size": [least + more * (bin["count"] / most) ** 0.5 for bin in curve],
            "line": {"color": style.CARD if strong else stroke["line"]["color"], "width": 1.5 if strong else 1},
        },
        error_y={
            "type": "data",
            "symmetric": False,
            "array": style.percents([bin["interval"][1] - bin["observed"] for bin in curve]),
            "arrayminus": style.percents([bin["observed"] - bin["interval"][0] for bin in curve]),
            "color": stroke["line"]["color"],
            "thickness": 1.5 if strong else 0,
            "width": 0,
        },
        customdata=[_bin_words(bin) for bin in curve],
        hovertemplate="%{customdata}<extra></extra>",
    )


def _bin_words(bin: Row) -> str:
    low, high = (style.said(end) for end in bin["interval"])
    return gettext(
        "predicted %(predicted)s<br>decided %(observed)s, between %(low)s and %(high)s<br>%(count)s labels"
    ) % {
        "predicted": style.said(bin["predicted"]),
        "observed": style.said(bin["observed"]),
        "low": low,
        "high": high,
        "count": number(bin["count"]),
    }


def _risk_words(point: Row) -> str:
    return gettext(
        "the %(coverage)s most confident, from %(confidence)s<br>wrong in %(risk)s, between %(low)s and %(high)s"
    ) % {key: style.said(point[key]) for key in ("coverage", "confidence", "risk", "low", "high")}


def _certified(certified: Sequence[Row]) -> Any:
    return style.scatter(
        x=style.percents([point["share"] for point in certified]),
        y=style.percents([point["bound"] for point in certified]),
        mode="markers+text",
        marker={"color": style.ALLOW, "size": 11, "symbol": "diamond"},
        text=[gettext("%(action)s, certified") % {"action": gettext(ACTIONS[point["action"]])} for point in certified],
        textposition=["top left" if point["share"] > 0.5 else "top right" for point in certified],
        customdata=[
            gettext("certified: %(action)s in %(source)s<br>at most %(bound)s wrong")
            % {
                "action": gettext(ACTIONS[point["action"]]),
                "source": escape(point["source"]),
                "bound": style.said(point["bound"]),
            }
            for point in certified
        ],
        hovertemplate="%{customdata}<extra></extra>",
        cliponaxis=False,
    )


def _names(drawn: Mapping[str, Curve]) -> list[dict[str, Any]]:
    """The name of each curve beside it, in its colour; the curve that counts has the first choice."""
    curves = {gettext(NAMES[name]): _line(drawn[name]) for name in reversed(NAMES) if name in drawn}
    return [
        {
            "x": place.x,
            "y": place.y,
            "text": name,
            "xanchor": "right" if place.above else "left",
            "xshift": -6 if place.above else 6,
            "yshift": 10 if place.above else -10,
            "font": {"color": style.ACCENT if name == gettext(NAMES["calibrated"]) else style.SOFT, "size": 12},
        }
        for name, place in places(curves).items()
    ]


def _line(curve: Curve) -> tuple[Any, Any]:
    """The curve's points in percent."""
    return (
        100.0 * np.array([bin["predicted"] for bin in curve]),
        100.0 * np.array([bin["observed"] for bin in curve]),
    )
