"""The figures of an evaluation as text for people. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any

from inference.words import gettext, gettext_noop
from inference.words import number as written

ROWS = {
    "accuracy": gettext_noop("Accuracy, sign of the margin"),
    "accuracy_calibrated": gettext_noop("Accuracy, calibrated at 0.5"),
    "f1": gettext_noop("F1 of the flag"),
    "auroc_flag": gettext_noop("AUROC of the flag"),
    "auroc_confidence": gettext_noop("AUROC of raw confidence for being right"),
    "auroc_confidence_calibrated": gettext_noop("AUROC of calibrated confidence for being right"),
    "auroc_emitted": gettext_noop("AUROC of written confidence for being right"),
    "ece_raw": gettext_noop("ECE, raw"),
    "ece_calibrated": gettext_noop("ECE, calibrated"),
    "ece_debiased": gettext_noop("ECE, calibrated, less its noise"),
    "smooth_ece_calibrated": gettext_noop("Smooth ECE, calibrated"),
    "brier_raw": gettext_noop("Brier, raw"),
    "brier_calibrated": gettext_noop("Brier, calibrated"),
    "log_loss_calibrated": gettext_noop("Log-loss, calibrated (nats)"),
    "coverage_zero_fp": gettext_noop("Acted on at the zero-false-positive threshold"),
    "coverage_removed_zero_fp": gettext_noop("  of which removals"),
    "false_positives_zero_fp": gettext_noop("  benign among them"),
    # xgettext:no-python-format
    "false_positive_bound_zero_fp": gettext_noop("  95 % upper bound of their rate"),
    "misses_zero_fp": gettext_noop("  violations allowed"),
    "coverage_at_1pct": gettext_noop("Removed at 1 % wrong, certified with 95 %"),
}


COLUMNS = ("n", "flagged", "accuracy", "f1", "auroc_flag", "auroc_confidence", "brier_raw")


def table(figures: Mapping[str, Any]) -> str:
    """Figures with their 95 % intervals (for ECE: where it would lie if the probabilities were true), a line each."""
    lines = [f"{figures['model']}: measured on {figures['n']:,} texts, calibrated on {figures['n_calibrate']:,} others"]
    lines += ["", f"{'':52}{'value':>9}   interval"]
    for key, words in ROWS.items():
        lines.append(f"{words:52}{number(figures[key]):>9}   {interval(figures['intervals'].get(key))}".rstrip())
    lines += _listing(
        "Recall by category", {name: {"": value} for name, value in figures["recall_by_category"].items()}
    )
    shown = {source: {key: row[key] for key in COLUMNS} for source, row in figures["by_source"].items()}
    lines += _listing("By source", shown)
    lines += ["", f"{figures['messages_per_second']:,.1f} messages per second"]
    return "\n".join(lines)


COMPARED = {
    "auroc": gettext_noop("AUROC of the flag"),
    "log_loss": gettext_noop("Log-loss, calibrated (nats)"),
    "coverage": gettext_noop("Decided at the risk, without people"),
    "messages_per_second": gettext_noop("Messages per second"),
}

THIRD = "Third answer likeliest"


def comparison(compared: Sequence[Mapping[str, Any]], risk: float) -> str:
    """Models side by side: figures of each, and for all but the first the difference from it with its 95 % interval."""
    first, *others = compared
    lines = [f"{first['n']:,} texts measured, {first['n_calibrate']:,} others calibrated and certified on", ""]
    lines += [f"{first['model']}, the baseline:"]
    lines += [f"  {words:40}{number(first[key]):>12}" for key, words in COMPARED.items()]
    lines += _third(first)
    for model in others:
        lines += ["", f"{model['model']}, and its difference from {first['model']}:"]
        for key, words in COMPARED.items():
            found = model["differences"].get(key)
            apart = f"{found['value']:+.4f}" if found and found["value"] is not None else ""
            between = interval(found["interval"]) if found else ""
            lines.append(f"  {words:40}{number(model[key]):>12}{apart:>10}   {between}".rstrip())
        lines += [*_third(model), "", cases(model, risk)]
        if faster := model["differences"].get("times_as_fast"):
            lines.append(speed(model["model"], faster))
    return "\n".join(lines)


def cases(model: Mapping[str, Any], risk: float) -> str:
    """The line for an admin: how many cases fewer, or more, a model would have sent to people."""
    found = model["differences"]["fewer_cases"]
    at = {"model": model["model"], "risk": f"{written(100.0 * risk, 'g')} %"}
    if found["value"] is None:
        return gettext("Neither sends cases to people at the same risk of %(risk)s.") % at
    saved, bounds = 100.0 * found["value"], found["interval"]
    sign = 1.0 if saved >= 0.0 else -1.0
    at |= {"share": f"{abs(saved):.0f} %", "between": _percent(bounds, sign) if bounds else ""}
    if saved >= 0.0:
        words = gettext("%(model)s would have sent %(share)s fewer cases to people at the same risk of %(risk)s")
    else:
        words = gettext("%(model)s would have sent %(share)s more cases to people at the same risk of %(risk)s")
    return (words + (" (%(between)s)." if bounds else ".")) % at


def _third(model: Mapping[str, Any]) -> list[str]:
    """The line of a format that has a third answer: on how many texts it is the likeliest."""
    share = model.get("third_share")
    return [] if share is None else [f"  {THIRD:40}{number(share):>12}"]


def speed(name: str, faster: Mapping[str, Any]) -> str:
    """How many times as fast as the baseline a model is, with the interval and the count of rounds."""
    between = "{:.2f} to {:.2f}, ".format(*faster["interval"]) if faster["interval"] else ""
    return f"{name} is {faster['value']:.2f} times as fast ({between}median of {faster['rounds']} rounds in turn)."


def _percent(bounds: Sequence[float], sign: float) -> str:
    low, high = sorted(100.0 * sign * bound for bound in bounds)
    return gettext("%(low)s to %(high)s %%") % {"low": f"{low:.0f}", "high": f"{high:.0f}"}


def _listing(title: str, rows: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """A block of rows that all have the same columns; nothing where there are no rows."""
    if not rows:
        return []
    columns = list(dict.fromkeys(column for row in rows.values() for column in row))
    widths = {column: max(len(column), 7) + 2 for column in columns}
    head = "".join(f"{column:>{widths[column]}}" for column in columns)
    body = (
        f"{name:24}" + "".join(f"{number(row.get(column)):>{widths[column]}}" for column in columns)
        for name, row in rows.items()
    )
    return ["", f"{title:24}{head}".rstrip(), *body]


def number(value: float | int | None) -> str:
    """A count with separators, a share to four places, or "none"."""
    if value is None:
        return "none"
    return f"{value:,}" if isinstance(value, int) else f"{value:.4f}"


def interval(bounds: list[float] | None) -> str:
    """Two bounds in words; nothing where there are none."""
    return "" if bounds is None else f"{bounds[0]:.4f} to {bounds[1]:.4f}"
