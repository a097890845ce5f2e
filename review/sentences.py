"""Labels in the middle of a sentence."""

from django.utils.translation import get_language


def in_sentence(label: object) -> str:
    """A label as it stands within a sentence: in lower case, save in German, where nouns are written large."""
    return str(label) if (get_language() or "").startswith("de") else str(label).lower()
