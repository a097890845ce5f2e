"""Whether a text is in a script that the shipped model was trained on. Pure."""

import unicodedata

MIN_LATIN = 0.5
"""Below this share of Latin letters, a text is outside the model card."""


def covered(text: str) -> bool:
    """True where at least half of the letters are Latin, or where there are no letters (emoji, digits).

    False for no text at all: that is one that was erased, of which nobody knows any more what script it was in.

    It tells scripts apart, not languages: German or Indonesian text counts as covered.
    """
    letters = [char for char in text if char.isalpha()]
    if not letters:
        return bool(text)
    latin = sum(unicodedata.name(char, "").startswith(("LATIN", "FULLWIDTH LATIN", "MATHEMATICAL")) for char in letters)
    return latin / len(letters) >= MIN_LATIN
