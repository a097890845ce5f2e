"""Figures of calibration as people say them."""

from datetime import UTC, datetime
from typing import Any, NamedTuple

from django import template
from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import gettext, gettext_lazy

from review.calibration.forms import KIND_NAMES
from review.models import Action
from review.numbers import number
from review.sentences import in_sentence
from review.templatetags.moddog import moment

register = template.Library()

NAMES = {
    "calibrated": gettext_lazy("Calibrated"),
    "raw": gettext_lazy("Raw logit"),
    "emitted": gettext_lazy("Written by the model"),
}
KINDS = {
    "cohort": gettext_lazy("cohort: drawn at random, judged blind"),
    "borderline": gettext_lazy("borderline cases"),
    "trigger": gettext_lazy("triggers"),
    "appeal": gettext_lazy("appeals"),
    "failure": gettext_lazy("model failures"),
    "gold": gettext_lazy("gold"),
    "second_opinion": gettext_lazy("second opinions"),
    "import": gettext_lazy("imported"),
    "report": gettext_lazy("reports"),
    "reversal": gettext_lazy("reversals"),
}
STATES = {
    "in force": gettext_lazy("in force"),
    "retired": gettext_lazy("retired"),
    "rejected": gettext_lazy("rejected"),
    "candidate": gettext_lazy("candidate"),
    "judging": gettext_lazy("judging"),
    "in shadow": gettext_lazy("in shadow"),
    "in context": gettext_lazy("in context"),
    "calibrated": gettext_lazy("calibrated"),
    "judged before": gettext_lazy("judged before"),
    "replaced": gettext_lazy("replaced"),
    "outdated": gettext_lazy("outdated"),
    "being tried": gettext_lazy("being tried"),
    "tried": gettext_lazy("tried"),
    "could not be tried": gettext_lazy("could not be tried"),
    "written": gettext_lazy("written"),
}
"""What a calibrator, a model or a rubric is just now."""
CHIPS = {"in force": "is-accent", "candidate": "is-review", "rejected": "", "retired": ""}


class Figure(NamedTuple):
    """A row of the table of figures. `floored`: stands beside what chance alone shows, and has no interval."""

    key: str
    name: str | Promise
    floored: bool
    words: Promise

    @property
    def definition(self) -> str:
        return str(self.words) % {"even": "50 %"}


FIGURES = (
    Figure(
        "ece",
        gettext_lazy("Calibration error"),
        True,
        gettext_lazy(
            "The mean distance between what was predicted and what was decided, over n/50 bins of equal weight, 5 to "
            "15 of them (ECE). Noise alone makes it positive, so it stands beside what a perfect calibrator would show "
            "on as many decisions."
        ),
    ),
    Figure(
        "ece_debiased",
        gettext_lazy("without the noise"),
        True,
        gettext_lazy("The same, less what sampling noise adds to the distance in each bin."),
    ),
    Figure(
        "smooth_ece",
        gettext_lazy("without bins"),
        True,
        gettext_lazy(
            "Smooth ECE: the same distance with a Gaussian kernel in place of bins, at the bandwidth that equals the "
            "result, so that no choice of bins moves it."
        ),
    ),
    Figure(
        "log_loss",
        gettext_lazy("Log-loss"),
        False,
        gettext_lazy(
            "The mean of minus the logarithm of the probability that was given to what was then decided, in nats. "
            "Lower is better; 0.693 is what always saying %(even)s gets. Refits are compared by it."
        ),
    ),
    Figure(
        "brier",
        gettext_lazy("Brier score"),
        False,
        gettext_lazy(
            "The mean squared distance between probability and decision. Lower is better; 0.25 is what always saying "
            "%(even)s gets."
        ),
    ),
    Figure(
        "auroc_flag",
        gettext_lazy("Ranks violations first"),
        False,
        gettext_lazy(
            "The chance that a violation gets a higher probability than a benign message (AUROC of the flag)."
        ),
    ),
    Figure(
        "auroc_confidence",
        gettext_lazy("Knows when it is right"),
        False,
        gettext_lazy(
            "The chance that a right flag is more confident than a wrong one (AUROC of the confidence against being "
            "right); 0.5 is a coin flip."
        ),
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
    return str(NAMES[key])


@register.filter
def label_kind(key: str) -> str:
    """What labels that came about in one way are called."""
    return str(KINDS[key])


@register.filter
def calibrator_kind(key: str) -> str:
    return str(KIND_NAMES.get(key, key))


@register.filter
def state_words(state: str) -> str:
    """What a calibrator, a model or a rubric is just now, within a sentence."""
    return str(STATES[state])


@register.filter
def action_words(action: str) -> str:
    """A way that a message goes, within a sentence."""
    return in_sentence(Action(action).label)


@register.filter
def status_chip(status: str) -> str:
    """The colour of a calibrator's status."""
    return CHIPS[status]


@register.filter
def thousandths(value: float | None) -> str:
    """0.0412 as "0.041"; "undefined" where one class is missing."""
    return gettext("undefined") if value is None else number(value, ".3f")


@register.filter
def between(figure: dict[str, Any]) -> str:
    """A figure's 95 % interval in words."""
    interval = figure["interval"]
    if interval is None:
        return gettext("too few decisions for an interval")
    return gettext("%(low)s to %(high)s") % {"low": number(interval[0], ".3f"), "high": number(interval[1], ".3f")}


@register.filter
def signed(difference: float | None) -> str:
    """0.0412 as "+0.041"; "undefined" where one class is missing."""
    return gettext("undefined") if difference is None else number(difference, "+.3f")


@register.filter
def shares(interval: tuple[float, float] | None) -> str:
    """An interval of shares in words."""
    if not interval:
        return gettext("too few for an interval")
    low, high = (number(share * 100, ".1f") for share in interval)
    return gettext("%(low)s to %(high)s %%") % {"low": low, "high": high}


@register.filter
def tenth_percent(share: float | None) -> str:
    """0.0412 as "4.1 %"."""
    return gettext("unknown") if share is None else f"{number(share * 100, '.1f')} %"


@register.filter
def points(share: float) -> str:
    """0.0412 as "+4.1 points"."""
    shown = number(share * 100, "+.1f").replace("-", "−")  # noqa: RUF001 - a minus sign
    return gettext("%(number)s points") % {"number": shown}


@register.filter
def day_of(seconds: float) -> SafeString:
    """Unix seconds as a time element."""
    return moment(datetime.fromtimestamp(seconds, UTC))


@register.filter
def entry(rows: dict[str, Any], key: str) -> Any:
    """What a dictionary holds under a key that is known only here."""
    return rows[key]
