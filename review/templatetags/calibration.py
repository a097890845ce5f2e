"""Figures of calibration as people say them."""

from typing import Any

from django import template

register = template.Library()

NAMES = {"raw": "Raw logit", "calibrated": "Calibrated", "emitted": "Written by the model"}


@register.filter
def reading_name(key: str) -> str:
    """What a column of probabilities is called."""
    return NAMES[key]


@register.filter
def thousandths(value: float | None) -> str:
    """0.0412 as "0.041"; "undefined" where one class is missing."""
    return "undefined" if value is None else f"{value:.3f}"


@register.filter
def between(figure: dict[str, Any]) -> str:
    """A figure's 95 % interval in words."""
    interval = figure["interval"]
    if interval is None:
        return "too few rulings for an interval"
    return f"between {interval[0]:.3f} and {interval[1]:.3f}"


@register.filter
def tenth_percent(share: float) -> str:
    """0.0412 as "4.1 %"."""
    return f"{share * 100:.1f} %"


@register.filter
def entry(rows: dict[str, Any], key: str) -> Any:
    """What a dictionary holds under a key that is known only here."""
    return rows[key]
