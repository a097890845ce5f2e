"""Figures as Plotly's own classes read them."""

from typing import Any

import plotly.graph_objects as go


def read(figure: dict[str, Any]) -> go.Figure:
    """The figure. Raises ValueError for what is no property of a chart, or no value of one."""
    return go.Figure(figure)
