"""Names and texts that others wrote, made safe to read: what turns the line round or hides in it shows as a mark.

Characters that only make sense where a script or an emoji needs them (joiners, the tags of a flag) stay there.
"""

import re
import unicodedata
from collections.abc import Callable

KEPT = "\t\n\r"
FILLERS = "\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0"  # blank, and not of a category that says so
JOINERS = "\u200c\u200d"
FIRST_STRONG, POP = "\u2068", "\u2069"
_FLAG_OF_TAGS = "\U0001f3f4[\U000e0020-\U000e007e]{1,30}\U000e007f"
_HIDDEN = re.compile(f"{_FLAG_OF_TAGS}|[^\x20-\x7e\\s]|[\x00-\x1f\x7f\x85\u2028\u2029]", re.DOTALL)


def marked(text: str, mark: Callable[[str, int], str], plain: Callable[[str], str] = str) -> str:
    """`text` with each run of one hidden character replaced by `mark(character, times)`, and `plain` on the rest."""
    pieces, at = [], 0
    for start, end in _runs(text):
        pieces += [plain(text[at:start]), mark(text[start], end - start)]
        at = end
    return "".join([*pieces, plain(text[at:])])


def code_of(character: str) -> str:
    """U+202E, as people look it up."""
    return f"U+{ord(character):04X}"


def name_of(character: str) -> str:
    """What Unicode calls it, in lower case; controls have no name there."""
    return unicodedata.name(character, "control character").lower()


def isolated(name: str) -> str:
    """A name in the middle of a sentence without markup: hidden characters by code, its direction kept to itself."""
    if name.isascii() and name.isprintable():
        return name
    shown = marked(name, lambda character, _: f"[{code_of(character)}]")
    return f"{FIRST_STRONG}{shown}{POP}"


def _runs(text: str) -> list[tuple[int, int]]:
    """Where runs of one hidden character start and end."""
    runs: list[tuple[int, int]] = []
    for found in _HIDDEN.finditer(text):
        at = found.start()
        if len(found[0]) > 1 or not _is_hidden(text, at):
            continue
        if runs and runs[-1][1] == at and text[at - 1] == text[at]:
            runs[-1] = (runs[-1][0], at + 1)
        else:
            runs.append((at, at + 1))
    return runs


def _is_hidden(text: str, at: int) -> bool:
    character = text[at]
    if character in KEPT or (character in JOINERS and _joins(text, at)):
        return False
    return character in FILLERS or unicodedata.category(character) in ("Cc", "Cf", "Zl", "Zp", "Cs", "Co", "Cn")


def _joins(text: str, at: int) -> bool:
    """Whether a joiner stands between signs of an emoji, or letters of a script that is written with them."""
    before, after = text[at - 1 : at], text[at + 1 : at + 2]
    return bool(before and after) and _needs_joiners(before) and _needs_joiners(after)


def _needs_joiners(character: str) -> bool:
    if character.isascii():
        return False
    category = unicodedata.category(character)
    name = unicodedata.name(character, "").split(" ")[0]
    return category in ("So", "Sk", "Mn", "Mc", "Me") or (
        category == "Lo" and name not in ("CJK", "HANGUL", "HIRAGANA")
    )
