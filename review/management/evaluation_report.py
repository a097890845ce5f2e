"""An evaluation as one HTML file that needs nothing else: charts, figures, and the starkest errors."""

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string

from inference.evaluation.charts import charts, mistakes
from inference.evaluation.evaluate import Divided, Scored
from inference.evaluation.table import COLUMNS, ROWS, interval, number

PLOTLY = settings.PROJECT / "static" / "vendor" / "plotly" / "plotly-basic.min.js"
TITLES = (
    ("reliability", "Reliability: predicted against labelled"),
    ("margins", "Margins by label"),
    ("risk", "Risk against coverage"),
)


def report(figures: Mapping[str, Any], scored: Scored, divided: Divided, *, name: str, seed: int) -> str:
    """The file's text. Texts, sources and categories are the data's, and are escaped."""
    drawn = charts(divided)
    context = {
        "figures": figures,
        "name": name,
        "seed": seed,
        "titles": [(key, title) for key, title in TITLES if key in drawn],
        "charts": drawn,
        "rows": [(words, number(figures[key]), interval(figures["intervals"].get(key))) for key, words in ROWS.items()],
        "tables": _tables(figures),
        "mistakes": mistakes(scored, divided),
        "plotly": PLOTLY.read_text(encoding="utf-8"),
    }
    return render_to_string("evaluation/report.html", context)


def _tables(figures: Mapping[str, Any]) -> list[dict[str, Any]]:
    recall = [(name, number(value)) for name, value in figures["recall_by_category"].items()]
    sources = [(name, *(number(row[key]) for key in COLUMNS)) for name, row in figures["by_source"].items()]
    tables: list[dict[str, Any]] = [
        {"title": "Recall by category, sign of the margin", "columns": ("category", "recall"), "rows": recall},
        {"title": "By source", "columns": ("source", *COLUMNS), "rows": sources},
    ]
    return [table for table in tables if table["rows"]]
