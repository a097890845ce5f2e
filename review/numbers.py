"""Figures as the reader's language writes them: 1,234.5 in English is 1.234,5 in German."""

from functools import cache

from django.utils.formats import get_format
from django.utils.translation import get_language


def number(value: float, spec: str = ",") -> str:
    """`value` by a format spec of Python's, with the separators of the language that is in use."""
    return format(value, spec).translate(_separators(get_language()))


@cache
def _separators(language: str | None) -> dict[int, int]:
    return str.maketrans(
        ",.", f"{get_format('THOUSAND_SEPARATOR', language)}{get_format('DECIMAL_SEPARATOR', language)}"
    )
