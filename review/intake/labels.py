"""What rows of a file say that people ruled on them elsewhere."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from review.models import Category

VIOLATION = Category.TOXICITY  # the broadest, for rows that say "1" and no more
NAMED = set(Category.values) - {Category.BENIGN}
NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?")  # as JSON writes them
SHOWN = 40  # characters of what was found, in messages


class InvalidLabel(ValueError):
    """A label is neither 0, nor 1, nor a category."""


@dataclass(frozen=True)
class Labelled:
    """How the rows of a file are labelled: in `field`.

    With `drawn`, in (0, 1], they are a random sample of the source's messages at that rate, judged without sight of a
    model: somebody's word for it is all there is, so they count for fits, gate and figures, and certify nothing. With
    `relabel`, what differs from what an import said before is a correction.
    """

    field: str
    drawn: float | None = None
    relabel: bool = False


def category_of(row: Mapping[str, Any], field: str) -> Category | None:
    """The category that `row` was ruled in `field`, None where that is empty. Raises InvalidLabel.

    0 is benign; 1 is the violation named in the row's `category`, if it names one, else toxicity. 0.0, 1.00 and 1e0
    are 0 and 1, in CSV as in JSON.
    """
    value = row.get(field)
    if value is None or value == "":
        return None
    word = str(int(value)) if isinstance(value, bool) else str(value).strip()
    number = float(word) if NUMBER.fullmatch(word) else None
    if number == 0:
        return Category.BENIGN
    if number == 1:
        return _named(row.get("category"))
    if word in Category.values:
        return Category(word)
    raise InvalidLabel(f"{field}: must be 0, 1 or a category, not {word[:SHOWN]!r}")


def _named(value: object) -> Category:
    if isinstance(value, list | dict):
        raise InvalidLabel(f"category: must be one name, not {str(value)[:SHOWN]!r}")
    return Category(value) if value in NAMED else VIOLATION
