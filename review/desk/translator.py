"""The address at which a community's translator shows a text. Nothing is sent there before somebody follows it."""

from urllib.parse import quote

from review.models import Source

LONGEST = 1_000
"""Characters: many servers take no address of over 8,000, and one character may be twelve of them."""


def address(source: Source, text: str) -> str:
    """Of the text, or its beginning, at the translator of `source`; empty where there is none or nothing to read."""
    if not source.translator or not text.strip():
        return ""
    return source.translator.replace("{text}", quote(text[:LONGEST], safe=""))
