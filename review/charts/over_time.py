"""A figure over time beside what chance alone shows. Pure."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from django.utils.translation import gettext

from inference.evaluation.chart_style import ACCENT, ACT, CARD, MARGIN, area, empty, figure, scatter
from review.numbers import number


class Point(NamedTuple):
    """A figure at a time (ISO 8601), made from `n` of something; `q95` is what it stays below by chance, 19 in 20."""

    at: str
    value: float
    q95: float
    n: int


def over_time(points: Sequence[Point], title: str, noun: str, *, digits: int) -> Any:
    """The figure as a line over the area that chance alone explains; what lies above it is marked."""
    if not points:
        return empty(gettext("The line appears here once there is enough to compare."))
    at, values = [point.at for point in points], [point.value for point in points]
    chance = [point.q95 for point in points]
    said, spec = gettext("%(value)s; by chance up to %(chance)s"), f".{digits}f"
    traces = [
        area(at, [0.0] * len(points), chance),
        scatter(
            x=at,
            y=values,
            mode="lines+markers",
            line={"color": ACCENT, "width": 2.5},
            marker={
                "size": 8,
                "color": [ACT if point.value > point.q95 else ACCENT for point in points],
                "line": {"color": CARD, "width": 1.5},
            },
            customdata=[
                f"{said % {'value': number(point.value, spec), 'chance': number(point.q95, spec)}}"
                f"<br>{number(point.n)} {noun}"
                for point in points
            ],
            hovertemplate="%{customdata}<extra></extra>",
            cliponaxis=False,
        ),
    ]
    return figure(
        traces,
        margin=MARGIN | {"t": 24},
        xaxis={"type": "date", "nticks": 6, "showgrid": False, "hoverformat": "%-d %b %Y, %H:%M"},
        yaxis={"range": [0, 1.1 * max(*values, *chance, 1e-6)], "title": {"text": title}, "nticks": 5},
        annotations=[
            {
                "x": at[-1],
                "y": chance[-1],
                "xanchor": "right",
                "yshift": 9,
                "text": gettext("by chance alone, up to here"),
            }
        ],
    )
