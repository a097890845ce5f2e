"""An evaluation as one HTML file that needs nothing else: charts, figures, and the starkest errors."""

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string

from inference.evaluation.evaluate import Divided, Scored
from inference.evaluation.evaluation_charts import charts
from inference.evaluation.mistakes import mistakes
from inference.evaluation.table import COLUMNS, ROWS, interval, number

STATIC = settings.PROJECT / "static"


def report(figures: Mapping[str, Any], scored: Scored, divided: Divided, *, name: str, seed: int) -> str:
    """The file's text. Texts, sources and categories are the data's, and are escaped."""
    drawn = charts(divided)
    context = {
        "figures": figures,
        "name": name,
        "seed": seed,
        "drawn": drawn,
        "charts": {key: chart.figure for key, chart in drawn.items()},
        "rows": [(words, number(figures[key]), interval(figures["intervals"].get(key))) for key, words in ROWS.items()],
        "tables": _tables(figures),
        "mistakes": mistakes(scored, divided),
        "colors": _colors(),
        "plotly": _static("vendor/plotly/plotly-basic.min.js"),
        "chart_script": _static("js/chart.js"),
    }
    return render_to_string("evaluation/report.html", context)


def _static(path: str) -> str:
    return (STATIC / path).read_text(encoding="utf-8")


def _colors() -> str:
    """The pages' own custom properties, less the fonts, which a file by itself could not fetch."""
    tokens = _static("css/tokens.css")
    return tokens[tokens.index(":root") :]


def _tables(figures: Mapping[str, Any]) -> list[dict[str, Any]]:
    recall = [(name, number(value)) for name, value in figures["recall_by_category"].items()]
    sources = [(name, *(number(row[key]) for key in COLUMNS)) for name, row in figures["by_source"].items()]
    tables: list[dict[str, Any]] = [
        {"title": "Recall by category, sign of the margin", "columns": ("category", "recall"), "rows": recall},
        {"title": "By source", "columns": ("source", *COLUMNS), "rows": sources},
    ]
    return [table for table in tables if table["rows"]]
