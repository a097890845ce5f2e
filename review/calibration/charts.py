"""The charts of /calibration/, from the figures that are stored for it. Pure."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from django.utils.translation import gettext

from inference.evaluation.chart_style import said
from inference.evaluation.charts import reliability, risk_coverage
from review.charts.over_time import Point, over_time
from review.charts.probability import Mark, by_probability
from review.models import Action
from review.sentences import in_sentence


def charts(data: Mapping[str, Any]) -> dict[str, Any]:
    """Every chart of the page by the id of its element; one without data says what will appear."""
    calibrated = data["readings"].get("calibrated", {})
    return {
        "reliability": reliability_of(data),
        "risk": risk_coverage(calibrated.get("risk", ()), data["certified"]),
        "traffic": by_probability(data["histogram"], [_mark(rung) for rung in data["rungs"]]),
        "rolling": over_time(
            [Point(_iso(row["end"]), row["ece"], row["q95"], row["labels"]) for row in data["rolling"]],
            gettext("calibration error"),
            gettext("labels"),
            digits=3,
        ),
        "drift": over_time(
            [Point(row["day"], row["value"], row["q95"], row["n"]) for row in data["drift"]],
            gettext("population stability"),
            gettext("messages"),
            digits=4,
        ),
    }


def reliability_of(data: Mapping[str, Any]) -> Any:
    """The reliability diagram of stored figures."""
    readings = data["readings"]
    curves = {name: reading["bins"] for name, reading in readings.items()}
    return reliability(curves, readings.get("calibrated", {}).get("histogram", ()))


def _mark(rung: Mapping[str, Any]) -> Mark:
    words = gettext("%(action)s %(probability)s")
    if rung["certified"]:
        words = gettext("%(action)s %(probability)s, certified")
    elif rung["supervised"]:
        words = gettext("%(action)s %(probability)s, people first")
    named = {"action": in_sentence(Action(rung["action"]).label), "probability": said(rung["at"])}
    return Mark(rung["action"], rung["at"], words % named, rung["certified"])


def _iso(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")
