"""Charts of how the instance has been. Pure."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext, gettext_lazy

from inference.evaluation.chart_style import ACCENT, BAND, MARGIN, empty, figure, scatter
from review.numbers import number

Points = Sequence[Mapping[str, Any]]
MANY = 10_000
Words = str | Promise


def _says(words: Words, spec: str = "") -> Callable[[float], str]:
    """How a figure is said, by a format spec of Python's; without one as a count that stopped at MANY."""
    return lambda value: str(words) % {"figure": number(value, spec) if spec else _count(value)}


CHARTS: dict[str, tuple[Words, str, Callable[[float], str]]] = {
    "judged": (
        gettext_lazy("Judged, messages a minute"),
        "judged",
        _says(gettext_lazy("%(figure)s messages a minute"), ",.1f"),
    ),
    "pending": (
        gettext_lazy("Messages that wait to be judged"),
        "pending",
        _says(gettext_lazy("%(figure)s wait to be judged")),
    ),
    "oldest": (
        gettext_lazy("Age of the oldest, seconds"),
        "oldest_seconds",
        _says(gettext_lazy("the oldest waited %(figure)s s"), ",.0f"),
    ),
    "cases": (
        gettext_lazy("Cases that wait for people"),
        "open_cases",
        _says(gettext_lazy("%(figure)s wait for people")),
    ),
    "speed": (
        gettext_lazy("Milliseconds a message"),
        "ms_a_message",
        _says(gettext_lazy("%(figure)s ms a message"), ",.2f"),
    ),
    "workers": (gettext_lazy("Workers of the model"), "workers", _says(gettext_lazy("%(figure)s alive"), ".0f")),
    "webhooks": (gettext_lazy("Events that wait for receivers"), "undelivered", _says(gettext_lazy("%(figure)s wait"))),
    "redis": (gettext_lazy("Redis, MB"), "redis_mb", _says(gettext_lazy("Redis held %(figure)s MB"), ",.1f")),
    "disk": (gettext_lazy("Free on the disk, GB"), "free_gb", _says(gettext_lazy("%(figure)s GB free"), ",.1f")),
}
"""Title, the figure of a point, and how that is said, by the name of the chart."""


def charts(points: Points) -> dict[str, Any]:
    """Every chart, by its name."""
    return {name: _over_time(points, field, say) for name, (_, field, say) in CHARTS.items()}


def _over_time(points: Points, field: str, say: Callable[[float], str]) -> Any:
    known = [point for point in points if point[field] is not None]
    if not known:
        nothing = gettext("There was nothing to measure in this time.")
        return empty(nothing if points else gettext("The line appears here within minutes."))
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
    return gettext("over %(count)s") % {"count": number(MANY)} if value > MANY else number(value, ",.0f")
