"""Charts of how the instance has been. Pure."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from inference.evaluation.chart_style import ACCENT, BAND, MARGIN, empty, figure, scatter

Points = Sequence[Mapping[str, Any]]
MANY = 10_000
CHARTS: dict[str, tuple[str, str, Callable[[float], str]]] = {
    "judged": ("Judged, messages a minute", "judged", lambda value: f"{value:,.1f} messages a minute"),
    "pending": ("Messages that wait to be judged", "pending", lambda value: f"{_count(value)} wait to be judged"),
    "oldest": ("Age of the oldest, seconds", "oldest_seconds", lambda value: f"the oldest waited {value:,.0f} s"),
    "cases": ("Cases that wait for people", "open_cases", lambda value: f"{_count(value)} wait for people"),
    "speed": ("Milliseconds a message", "ms_a_message", lambda value: f"{value:,.2f} ms a message"),
    "workers": ("Workers of the model", "workers", lambda value: f"{value:.0f} alive"),
    "webhooks": ("Events that wait for receivers", "undelivered", lambda value: f"{_count(value)} wait"),
    "redis": ("Redis, MB", "redis_mb", lambda value: f"Redis held {value:,.1f} MB"),
    "disk": ("Free on the disk, GB", "free_gb", lambda value: f"{value:,.1f} GB free"),
}
"""Title, the figure of a point, and how that is said, by the name of the chart."""


def charts(points: Points) -> dict[str, Any]:
    """Every chart, by its name."""
    return {name: _over_time(points, field, say) for name, (_, field, say) in CHARTS.items()}


def _over_time(points: Points, field: str, say: Callable[[float], str]) -> Any:
    known = [point for point in points if point[field] is not None]
    if not known:
        return empty(
            "There was nothing to measure in this time." if points else "The line appears here within minutes."
        )
    values = [float(point[field]) for point in known]
    line = scatter(
        x=[point["at"].isoformat() for point in known],
        y=values,
        mode="lines" if len(known) > 1 else "markers",
        fill="tozeroy",
        fillcolor=BAND,
        line={"color": ACCENT, "width": 2},
        customdata=[say(value) for value in values],
        hovertemplate="%{customdata}<br>%{x|%-d %b, %H:%M} UTC<extra></extra>",
    )
    return figure(
        [line],
        margin=MARGIN | {"l": 40, "r": 8, "b": 34},
        xaxis={"type": "date", "nticks": 4, "showgrid": False, "tickangle": 0, "tickformat": "%H:%M<br>%-d %b"},
        yaxis={"range": [0, 1.1 * max(*values, 1.0)], "nticks": 4},
    )


def _count(value: float) -> str:
    return f"over {MANY:,}" if value > MANY else f"{value:,.0f}"
