"""Types of command-line arguments."""

import math
from argparse import ArgumentTypeError
from datetime import UTC, datetime


def positive(given: str) -> int:
    """A whole number of at least 1. Raises ArgumentTypeError."""
    try:
        number = int(given)
    except ValueError:
        number = 0
    if number < 1:
        raise ArgumentTypeError(f"{given!r} is not a whole number of at least 1")
    return number


def share(given: str) -> float:
    """A number between 0 and 1. Raises ArgumentTypeError."""
    try:
        number = float(given)
    except ValueError:
        number = 0.0
    if not 0.0 < number < 1.0:
        raise ArgumentTypeError(f"{given!r} is not a number between 0 and 1")
    return number


def positive_number(given: str) -> float:
    """A finite number above 0. Raises ArgumentTypeError."""
    try:
        number = float(given)
    except ValueError:
        number = 0.0
    if not (math.isfinite(number) and number > 0.0):
        raise ArgumentTypeError(f"{given!r} is not a number above 0")
    return number


def moment(given: str) -> datetime:
    """A date or a moment in ISO 8601; UTC where it names no time zone. Raises ArgumentTypeError."""
    try:
        found = datetime.fromisoformat(given)
    except ValueError:
        raise ArgumentTypeError(
            f"{given!r} is no date such as 2026-01-31, nor a time such as 2026-01-31T18:30Z"
        ) from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
