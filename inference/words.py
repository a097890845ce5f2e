"""What charts and tables say: English by itself, and the reader's language where a program says how.

Nothing here knows Django. The desk puts its own `gettext` and way of writing numbers in, when it starts.
"""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass
class _Speech:
    translate: Callable[[str], str] = str
    write: Callable[[float, str], str] = format


_speech = _Speech()


def speak(translate: Callable[[str], str], write: Callable[[float, str], str]) -> None:
    """From now on words go through `translate`, and a number with its format spec through `write`."""
    _speech.translate, _speech.write = translate, write


def gettext(words: str) -> str:
    """English words, in the reader's language. Called when something is said, and never at import."""
    return _speech.translate(words)


def gettext_noop(words: str) -> str:
    """Words that are translated later, where they are said: it only tells that they are such."""
    return words


def number(value: float, spec: str = ",") -> str:
    """`value` by a format spec of Python's, as the reader's language writes it."""
    return _speech.write(value, spec)
