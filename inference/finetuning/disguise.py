"""Small changes to a text that leave its label: casing, handles, leetspeak, spacing, invisible characters."""

import random
from collections.abc import Callable

LEET = str.maketrans({"a": "4", "e": "3", "i": "1", "o": "0", "s": "5", "t": "7"})
HOMOGLYPHS = str.maketrans({"a": "а", "e": "е", "o": "о", "c": "с", "p": "р", "x": "х"})  # noqa: RUF001 Cyrillic on purpose
INVISIBLE = ("\u200b", "\u200c", "\u2060", "\ufeff")
EMOJI = ("😂", "😭", "💀", "🙏", "🔥", "😡", "👍", "🤡", "❤️", "🎉")


def disguise(text: str, draw: random.Random) -> str:
    """The text, at random changed in casing and now and then in one more way."""
    text = _casing(text, draw.random())
    if draw.random() < 0.25:
        text = draw.choices([way for way, _ in WAYS], [weight for _, weight in WAYS])[0](text, draw)
    return text


def _casing(text: str, chance: float) -> str:
    if chance < 0.3:
        return text.lower()
    if chance < 0.33:
        return text.upper()
    if chance < 0.38:
        return text[:1].upper() + text[1:]
    return text


def _bare(text: str, draw: random.Random) -> str:
    return "".join(letter for letter in text if letter.isalnum() or letter.isspace()) or text


def _leet(text: str, draw: random.Random) -> str:
    return _some_words(text, draw, lambda word: word.translate(LEET))


def _lookalike(text: str, draw: random.Random) -> str:
    return _some_words(text, draw, lambda word: word.translate(HOMOGLYPHS))


def _spaced(text: str, draw: random.Random) -> str:
    return _some_words(text, draw, lambda word: draw.choice(" .-*").join(word))


def _hidden(text: str, draw: random.Random) -> str:
    return _some_words(text, draw, lambda word: draw.choice(INVISIBLE).join(word))


def _stretched(text: str, draw: random.Random) -> str:
    return _some_words(text, draw, lambda word: word + word[-1] * draw.randrange(1, 5))


def _starred(text: str, draw: random.Random) -> str:
    return _some_words(text, draw, lambda word: word[0] + "*" + word[2:] if len(word) > 2 else word)


def _mistyped(text: str, draw: random.Random) -> str:
    place = draw.randrange(max(len(text) - 1, 1))
    return text[:place] + text[place + 1 : place + 2] + text[place : place + 1] + text[place + 2 :]


def _addressed(text: str, draw: random.Random) -> str:
    return "@user " + text if "@user" not in text else " ".join(text.replace("@user", "").split())


def _decorated(text: str, draw: random.Random) -> str:
    return f"{text} {draw.choice(EMOJI) * draw.randrange(1, 4)}"


def _some_words(text: str, draw: random.Random, change: Callable[[str], str]) -> str:
    words = text.split(" ")
    share = draw.choice((0.2, 0.5, 1.0)) if len(words) < 12 else 0.3
    return " ".join(change(word) if word and draw.random() < share else word for word in words)


WAYS: tuple[tuple[Callable[[str, random.Random], str], float], ...] = (
    (_bare, 3.0),
    (_leet, 2.0),
    (_lookalike, 0.7),
    (_spaced, 0.7),
    (_hidden, 0.7),
    (_stretched, 1.5),
    (_starred, 1.0),
    (_mistyped, 2.5),
    (_addressed, 4.0),
    (_decorated, 2.0),
)
