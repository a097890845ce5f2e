"""Types of command-line arguments."""

from argparse import ArgumentTypeError


def positive(given: str) -> int:
    """A whole number of at least 1. Raises ArgumentTypeError."""
    try:
        number = int(given)
    except ValueError:
        number = 0
    if number < 1:
        raise ArgumentTypeError(f"{given!r} is not a whole number of at least 1")
    return number
