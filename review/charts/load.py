"""Charts of what comes to people and what they do of it. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext, gettext_lazy

from inference.evaluation.chart_style import ACCENT, MARGIN, empty, figure, scatter

Points = Sequence[Mapping[str, Any]]
QUIET = "var(--ink-soft)"
Words = str | Promise
CHARTS: dict[str, tuple[Words, tuple[tuple[str, Words, float], ...]]] = {
    "flow": (
        gettext_lazy("Cases that came, and that were decided"),
        (("opened", gettext_lazy("came"), 1.0), ("decided", gettext_lazy("decided"), 1.0)),
    ),
    "backlog": (gettext_lazy("Cases that waited"), (("backlog", gettext_lazy("waited"), 1.0),)),
    "wait": (
        gettext_lazy("Minutes from opening to decision"),
        (("wait_p90", gettext_lazy("nine of ten within"), 60.0), ("wait_median", gettext_lazy("half within"), 60.0)),
    ),
    "work": (gettext_lazy("Seconds that a decision takes"), (("work_median", gettext_lazy("half within"), 1.0),)),
}
"""Title, and of each line the figure of a point, its name, and what it is divided by, by the name of the chart."""


def charts(points: Points) -> dict[str, Any]:
    """Every chart, by its name."""
    return {name: _over_time(points, lines) for name, (_, lines) in CHARTS.items()}


def _over_time(points: Points, lines: tuple[tuple[str, Words, float], ...]) -> Any:
    drawn = [_line(points, *line, is_last=line == lines[-1]) for line in lines]
    values = [value for line in drawn for value in line["y"]]
    if not values:
        nobody = gettext("Nobody decided anything in this time.")
        return empty(nobody if points else gettext("The line appears here within an hour."))
    return figure(
        drawn,
        margin=MARGIN | {"l": 40, "r": 8, "b": 34},
        showlegend=len(drawn) > 1,
        legend={"orientation": "h", "x": 0, "y": 1.18},
        xaxis={"type": "date", "nticks": 4, "showgrid": False, "tickangle": 0, "tickformat": "%H:%M<br>%-d %b"},
        yaxis={"range": [0, 1.1 * max(*values, 1.0)], "nticks": 4},
    )


def _line(points: Points, field: str, name: Words, unit: float, *, is_last: bool) -> Any:
    known = [point for point in points if point[field] is not None]
    return scatter(
        x=[point["at"].isoformat() for point in known],
        y=[point[field] / unit for point in known],
        name=str(name),
        mode="lines" if len(known) > 1 else "markers",
        line={"color": ACCENT if is_last else QUIET, "width": 2, "dash": "solid" if is_last else "dot"},
        hovertemplate=f"%{{y:,.4~g}} {name}<br>%{{x|%-d %b, %H:%M}} UTC<extra></extra>",
    )
