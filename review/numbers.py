"""Figures as the reader's language writes them: 1,234.5 in English is 1.234,5 in German."""

from django.utils.formats import get_format


def number(value: float, spec: str = ",") -> str:
    """`value` by a format spec of Python's, with the separators of the language that is in use."""
    separators = f"{get_format('THOUSAND_SEPARATOR')}{get_format('DECIMAL_SEPARATOR')}"
    return format(value, spec).translate(str.maketrans(",.", separators))
