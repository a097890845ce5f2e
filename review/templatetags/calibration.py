"""Figures of calibration as people say them."""

from datetime import UTC, datetime
from typing import Any, NamedTuple

from django import template
from django.utils.safestring import SafeString

from review.calibration.forms import KIND_NAMES
from review.templatetags.moddog import moment

register = template.Library()

NAMES = {"calibrated": "Calibrated", "raw": "Raw logit", "emitted": "Written by the model"}
KINDS = {
    "cohort": "cohort: drawn at random, judged blind",
    "borderline": "borderline cases",
    "trigger": "triggers",
    "appeal": "appeals",
    "failure": "model failures",
    "gold": "gold",
    "second_opinion": "second opinions",
    "import": "imported",
    "report": "reports",
    "reversal": "reversals",
}
CHIPS = {"in force": "is-accent", "candidate": "is-review", "rejected": "", "retired": ""}


class Figure(NamedTuple):
    """A row of the table of figures. `floored`: stands beside what chance alone shows, and has no interval."""

    key: str
    name: str
    floored: bool
    definition: str


FIGURES = (
    Figure(
        "ece",
        "Calibration error",
        True,
        "The mean distance between what was predicted and what was decided, over n/50 bins of equal weight, 5 to 15 "
        "of them (ECE). Noise alone makes it positive, so it stands beside what a perfect calibrator would show on as "
        "many decisions.",
    ),
    Figure(
        "ece_debiased",
        "without the noise",
        True,
        "The same, less what sampling noise adds to the distance in each bin.",
    ),
    Figure(
        "smooth_ece",
        "without bins",
        True,
        "Smooth ECE: the same distance with a Gaussian kernel in place of bins, at the bandwidth that equals the "
        "result, so that no choice of bins moves it.",
    ),
    Figure(
        "log_loss",
        "Log-loss",
        False,
        "The mean of minus the logarithm of the probability that was given to what was then decided, in nats. Lower is "
        "better; 0.693 is what always saying 50 % gets. Refits are compared by it.",
    ),
    Figure(
        "brier",
        "Brier score",
        False,
        "The mean squared distance between probability and decision. Lower is better; 0.25 is what always "
        "saying 50 % gets.",
    ),
    Figure(
        "auroc_flag",
        "Ranks violations first",
        False,
        "The chance that a violation gets a higher probability than a benign message (AUROC of the flag).",
    ),
    Figure(
        "auroc_confidence",
        "Knows when it is right",
        False,
        "The chance that a right flag is more confident than a wrong one (AUROC of the confidence against being "
        "right); 0.5 is a coin flip.",
    ),
)


@register.filter
def ordered(readings: dict[str, Any]) -> list[tuple[str, Any]]:
    """Readings by name, always in one order: the database keeps none."""
    return [(name, readings[name]) for name in NAMES if name in readings]


@register.simple_tag
def figure_rows(readings: dict[str, Any]) -> list[dict[str, Any]]:
    """The figures, each with its value in every reading."""
    return [
        {"figure": figure, "cells": [reading[figure.key] for _, reading in ordered(readings)]} for figure in FIGURES
    ]


@register.simple_tag
def traffic_rows(histogram: list[int]) -> list[dict[str, int]]:
    """The histogram's counts by tenths of the probability."""
    step = len(histogram) // 10
    return [
        {"low": 10 * tenth, "high": 10 * tenth + 10, "count": sum(histogram[step * tenth : step * (tenth + 1)])}
        for tenth in range(10)
    ]


@register.filter
def reading_name(key: str) -> str:
    """What a column of probabilities is called."""
    return NAMES[key]


@register.filter
def label_kind(key: str) -> str:
    """What labels that came about in one way are called."""
    return KINDS[key]


@register.filter
def calibrator_kind(key: str) -> str:
    return KIND_NAMES.get(key, key)


@register.filter
def status_chip(status: str) -> str:
    """The colour of a calibrator's status."""
    return CHIPS[status]


@register.filter
def thousandths(value: float | None) -> str:
    """0.0412 as "0.041"; "undefined" where one class is missing."""
    return "undefined" if value is None else f"{value:.3f}"


@register.filter
def between(figure: dict[str, Any]) -> str:
    """A figure's 95 % interval in words."""
    interval = figure["interval"]
    if interval is None:
        return "too few decisions for an interval"
    return f"{interval[0]:.3f} to {interval[1]:.3f}"


@register.filter
def signed(difference: float | None) -> str:
    """0.0412 as "+0.041"; "undefined" where one class is missing."""
    return "undefined" if difference is None else f"{difference:+.3f}"


@register.filter
def shares(interval: tuple[float, float] | None) -> str:
    """An interval of shares in words."""
    return f"{interval[0] * 100:.1f} to {interval[1] * 100:.1f} %" if interval else "too few for an interval"


@register.filter
def tenth_percent(share: float | None) -> str:
    """0.0412 as "4.1 %"."""
    return "unknown" if share is None else f"{share * 100:.1f} %"


@register.filter
def points(share: float) -> str:
    """0.0412 as "+4.1 points"."""
    return f"{share * 100:+.1f} points".replace("-", "−")  # noqa: RUF001 - a minus sign


@register.filter
def day_of(seconds: float) -> SafeString:
    """Unix seconds as a time element."""
    return moment(datetime.fromtimestamp(seconds, UTC))


@register.filter
def entry(rows: dict[str, Any], key: str) -> Any:
    """What a dictionary holds under a key that is known only here."""
    return rows[key]
