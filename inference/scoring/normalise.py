"""Undoes disguises of a text before it is scored: look-alikes, digits, spelt-out words and more. Pure.

People always see the text as it was sent. Each step is kept because it helps on disguised texts and harms no others:
see benchmarks/obfuscation.py. "mp3" reads as "mpe" then, which costs plain texts nothing that was measured.
"""

import html
import re
from urllib.parse import unquote

from inference.scoring.ascii_disguises import as_meant, cased, forwards, shortened, unleeted
from inference.scoring.unicode_disguises import BLANKS, INVISIBLE, unstyled
from inference.scoring.word_breaks import apart, joined

VERSION = "3"
"""Of what `normalised` makes of texts: calibrators and certificates belong to it. Raise it with every change."""

ESCAPED = re.compile(r"&#?\w+;|(?:%[0-9A-Fa-f]{2}){3,}|%20|(?:\\u[0-9A-Fa-f]{4})+|\\x[0-9A-Fa-f]{2}")
BLANK_RUN = re.compile(r"[^\S\n]{2,}")
LINE_RUN = re.compile(r"\n{3,}")
WORD_RUN = re.compile(r"\b(\w{1,12})((?:\s+\1\b){3,})")
SIGN_RUN = re.compile(r"((?:[^\w\s]\s?){1,8}?)\1{3,}")
EMOJI_RUN = re.compile(
    "((?:[\u2600-\u27bf\U0001f000-\U0001faff][\\s\u200d\ufe0f]*){10})(?:[\u2600-\u27bf\U0001f000-\U0001faff][\\s\u200d\ufe0f]*)+"
)


def normalised(text: str) -> str:
    """The text as its writer would have it read aloud. The same text where nothing in it is disguised."""
    if any(sign in text for sign in "&%\\"):
        text = ESCAPED.sub(_unescaped, text)
    text = INVISIBLE.sub("", text)
    if not text.isascii():
        text = unstyled(text)
    text = LINE_RUN.sub("\n\n", BLANK_RUN.sub(" ", BLANKS.sub(" ", joined(text))))
    text = SIGN_RUN.sub(r"\1\1\1", EMOJI_RUN.sub(r"\1", text))
    return as_meant(forwards(apart(cased(shortened(WORD_RUN.sub(r"\1 \1 \1", unleeted(text)))))))


def _unescaped(found: re.Match[str]) -> str:
    """What an escape of HTML, of an address or of a program stands for."""
    escape = found.group()
    if escape.startswith("\\x"):
        return chr(int(escape[2:], 16))
    if escape.startswith("\\u"):  # two of them may be one character beyond the first 65,536
        return bytes.fromhex(escape.replace("\\u", "")).decode("utf-16-be", "ignore")
    return html.unescape(escape) if escape.startswith("&") else unquote(escape)
