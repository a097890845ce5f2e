"""Ways in which people hide words from filters. Each changes a whole text; draws come from a seeded generator."""

import random
from collections.abc import Callable

LEET = str.maketrans("aeiostAEIOST", "431057431057")
LOOKALIKES = str.maketrans("aceopxyACEHOPTX", "асеорхуАСЕНОРТХ")  # noqa: RUF001 - Cyrillic on purpose
ZERO_WIDTH = ("\u200b", "\u200c", "\u2060")


def leetspeak(text: str, draw: random.Random) -> str:
    return "".join(letter.translate(LEET) if draw.random() < 0.7 else letter for letter in text)


def spacing(text: str, draw: random.Random) -> str:
    """Every second word or so is spelt out."""
    sign = draw.choice(" .-*")
    return " ".join(sign.join(word) if len(word) > 2 and draw.random() < 0.5 else word for word in text.split(" "))


def homoglyphs(text: str, draw: random.Random) -> str:
    return "".join(letter.translate(LOOKALIKES) if draw.random() < 0.5 else letter for letter in text)


def zero_width(text: str, draw: random.Random) -> str:
    return "".join(letter + draw.choice(ZERO_WIDTH) if draw.random() < 0.3 else letter for letter in text)


def casing(text: str, draw: random.Random) -> str:
    return "".join(letter.upper() if draw.random() < 0.5 else letter.lower() for letter in text)


WAYS: dict[str, Callable[[str, random.Random], str]] = {
    "leetspeak": leetspeak,
    "spacing": spacing,
    "homoglyphs": homoglyphs,
    "zero-width": zero_width,
    "casing": casing,
}
