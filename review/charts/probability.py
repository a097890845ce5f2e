"""Messages by calibrated probability, with the rungs of a ladder. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext

from inference.evaluation import chart_style as style

ROW, FOOT = 18, 8  # px between the labels of two rungs, and between the plot and the lowest
TURN = 0.45  # beyond which a label stands to the left of its line


@dataclass(frozen=True)
class Mark:
    """A rung at probability `at`, with the words that stand at it.

    A dashed one is a certified margin. One that is not `shown` has no threshold yet, and may be given one by dragging.
    """

    action: str
    at: float
    words: str
    dashed: bool = False
    shown: bool = True

    @property
    def name(self) -> str:
        return f"{self.action}, certified" if self.dashed else self.action


def by_probability(
    counts: Sequence[int],
    marks: Sequence[Mark] = (),
    *,
    colors: str | Sequence[str] = style.BAR,
    title: str = "",
) -> Any:
    """Messages in equal bins of 0 to 1, and the marks from mild to harsh, each with its label in a row of its own.

    Lines and labels are shapes and annotations in the order of `marks`, and carry their names, by which the policy page
    moves them.
    """
    if not any(counts):
        return style.empty(gettext("Messages are drawn here as they are judged."))
    rows = [(len(marks) - 1 - index, mark) for index, mark in enumerate(marks)]
    return style.figure(
        [style.counted_bars(counts, gettext("%(count)s messages between %(low)s and %(high)s %%"), colors)],
        margin=style.MARGIN | {"t": FOOT + ROW * len(marks) + 6},
        bargap=0,
        xaxis=style.share_axis(title or gettext("probability of a violation"), showgrid=False),
        yaxis=style.count_axis(max(counts), gettext("messages")),
        shapes=[shape for row, mark in rows for shape in (_line(mark), _pole(mark, row))],
        annotations=[_label(mark, row) for row, mark in rows],
    )


def _line(mark: Mark) -> dict[str, Any]:
    place = {"x0": 100 * mark.at, "x1": 100 * mark.at, "y0": 0, "y1": 1, "yref": "paper"}
    line = {"color": style.ACCENT, "width": 2, "dash": "dash"} if mark.dashed else {"color": style.INK, "width": 1.5}
    return {"type": "line", "name": mark.name, "line": line, "visible": mark.shown, **place}


def _pole(mark: Mark, row: int) -> dict[str, Any]:
    """From the top of the plot up to the label."""
    place = {"x0": 100 * mark.at, "x1": 100 * mark.at, "yref": "paper", "ysizemode": "pixel", "yanchor": 1}
    line = {"color": style.EDGE, "width": 1}
    return {
        "type": "line",
        "name": mark.name,
        "line": line,
        "visible": mark.shown,
        "y0": 0,
        "y1": FOOT + ROW * (row + 1),
        **place,
    }


def _label(mark: Mark, row: int) -> dict[str, Any]:
    """Its words: on the side where there is room, and in a row of their own, so that two never lie on each other."""
    right = mark.at > TURN
    return {
        "name": mark.name,
        "text": mark.words,
        "x": 100 * mark.at,
        "xanchor": "right" if right else "left",
        "xshift": -3 if right else 3,
        "y": 1,
        "yref": "paper",
        "yanchor": "bottom",
        "yshift": FOOT + ROW * row,
        "bgcolor": style.CARD,
        "borderpad": 0,
        "visible": mark.shown,
        "font": {"size": 12, "color": style.ACCENT if mark.dashed else style.SOFT},
    }
