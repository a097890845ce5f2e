"""Two models' figures on the same held-out decisions, as text for people. Pure."""

from collections.abc import Mapping
from typing import Any

from inference.evaluation.table import ROWS

SHOWN = ("accuracy", "f1", "auroc_flag", "auroc_confidence", "accuracy_calibrated", "brier_calibrated")


def side_by_side(base: Mapping[str, Any], candidate: Mapping[str, Any]) -> str:
    """A line for each figure: the base's, the candidate's, and the candidate's 95 % interval."""
    lines = [f"{'':38}{'base':>9}{'candidate':>11}   its interval"]
    for key in SHOWN:
        low_high = candidate["intervals"].get(key)
        between = f"{low_high[0]:.3f} to {low_high[1]:.3f}" if low_high else ""
        lines.append(f"{ROWS[key]:38}{_number(base[key]):>9}{_number(candidate[key]):>11}   {between}".rstrip())
    return "\n".join(lines)


def _number(value: float | None) -> str:
    return "none" if value is None else f"{value:.3f}"
