"""The chart of a cascade's trade-off: what the second model reads against what is left to people. Pure."""

from typing import Any

from inference.evaluation import chart_style as style
from inference.evaluation.cascade_tradeoff import Interval, Point, TradeOff
from inference.words import gettext, number


def cascade_chart(trade_off: TradeOff) -> Any:
    """Cases for people by the share that the second model reads, with intervals; beneath, the error at one coverage."""
    if len(trade_off.points) < 2:
        return style.empty(gettext("The curve appears here once enough labelled messages are scored by both models."))
    x = style.percents([point.share for point in trade_off.points])
    rows: list[tuple[str, str, list[float | None], list[Interval]]] = [
        (
            gettext("cases for people"),
            style.ACCENT,
            [point.people for point in trade_off.points],
            [point.people_interval for point in trade_off.points],
        ),
        (
            gettext("wrong among what is decided alone"),
            style.ACT,
            [point.error for point in trade_off.points],
            [point.error_interval for point in trade_off.points],
        ),
    ]
    traces = [
        style.scatter(
            x=x,
            y=[None if value is None else 100.0 * value for value in values],
            error_y=_bars(values, spans, color),
            mode="lines+markers",
            line={"color": color, "width": 2.5},
            marker={"size": 7, "color": color, "line": {"color": style.CARD, "width": 1.5}},
            customdata=[
                _words(point, trade_off.labels, value, span, name)
                for point, value, span in zip(trade_off.points, values, spans, strict=True)
            ],
            hovertemplate="%{customdata}<extra></extra>",
            yaxis=axis,
            cliponaxis=False,
        )
        for (name, color, values, spans), axis in zip(rows, ("y", "y2"), strict=True)
    ]
    tops = [_top(values, spans) for _, _, values, spans in rows]
    return style.figure(
        traces,
        margin=style.MARGIN | {"t": 24},
        xaxis=style.share_axis(gettext("of messages are read by the second model"), range=[-3, 103]) | {"anchor": "y2"},
        yaxis=style.share_axis("", range=[0, tops[0]], domain=[0.56, 1.0], dtick=None, nticks=5),
        yaxis2=style.share_axis("", range=[0, tops[1]], domain=[0.0, 0.36], dtick=None, nticks=4),
        annotations=[_title(rows[0][0], 1.0), _title(rows[1][0], 0.36)],
    )


def _bars(values: list[float | None], spans: list[Interval], color: str) -> dict[str, Any]:
    both = [(value, span or (value, value)) for value, span in zip(values, spans, strict=True)]
    above = [0.0 if value is None else 100.0 * ((span[1] or 0.0) - value) for value, span in both]
    below = [0.0 if value is None else 100.0 * (value - (span[0] or 0.0)) for value, span in both]
    return {"array": above, "arrayminus": below, "color": color, "thickness": 1.2, "width": 3}


def _top(values: list[float | None], spans: list[Interval]) -> float:
    ends = [span[1] if span else (value or 0.0) for value, span in zip(values, spans, strict=True)]
    return max(2.0, min(103.0, 112.0 * max(ends)))


def _words(point: Point, labels: int, value: float | None, span: Interval, name: str) -> str:
    read = gettext("the second reads %(share)s (%(read)s of %(labels)s labelled messages)") % {
        "share": style.said(point.share),
        "read": number(point.read),
        "labels": number(labels),
    }
    known = gettext("unknown") if value is None else style.said(value)
    if not span:
        return f"{name}: {known}<br>{read}"
    between = gettext("95 %% interval %(low)s to %(high)s") % {"low": style.said(span[0]), "high": style.said(span[1])}
    return f"{name}: {known}, {between}<br>{read}"


def _title(words: str, top: float) -> dict[str, Any]:
    place = {"xref": "paper", "yref": "paper", "x": 0, "y": top, "xanchor": "left", "yanchor": "bottom", "yshift": 4}
    return {"text": words, **place}
