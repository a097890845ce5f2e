"""The charts of a candidate's page: its reliability beside that of the model that judges. Pure."""

from collections.abc import Mapping
from typing import Any

from review.calibration.charts import reliability_of


def charts(compared: Mapping[str, Any]) -> dict[str, Any]:
    """A reliability diagram of each side, by its name, with equal scales so that they compare by eye."""
    found = {name: reliability_of(data) for name, data in compared["diagrams"].items()}
    counted = [chart for chart in found.values() if "yaxis2" in chart["layout"]]  # one without labels has no counts
    tops = [chart["layout"]["yaxis2"]["range"][1] for chart in counted]
    for chart in counted:
        chart["layout"]["yaxis2"]["range"] = [0, max(tops)]
    return found
