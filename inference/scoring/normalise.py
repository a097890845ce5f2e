"""Undoes disguises of a text before it is scored: look-alikes, digits, spelt-out words and more. Pure.

People always see the text as it was sent. Each step is kept because it helps on disguised texts and harms no others:
see benchmarks/obfuscation.py. "mp3" reads as "mpe" then, which costs plain texts nothing that was measured.
"""

import re
import unicodedata

VERSION = "1"
"""Of what `normalised` makes of texts: calibrators and certificates belong to it. Raise it with every change."""

INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u180e\u200b\u200c\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\U000e0020-\U000e007f]"
)
JOINERS = re.compile(r"(?<=\w)\u200d(?=\w)")  # elsewhere they make one emoji of several
STYLED = re.compile("[\uff01-\uff5e\U0001d400-\U0001d7ff\u24b6-\u24e9]")
WORD = re.compile(r"[^\W\d_]+")
SPELT = re.compile(r"(?<![^\W_])([^\W\d_])(?:([ .*_-])([^\W\d_]))(?:\2[^\W\d_])+(?![^\W_])")
"""Three or more single letters, set apart by one and the same sign."""
LEET = str.maketrans("431057", "aeiost")
MIXED = re.compile(r"[A-Za-z0-9]{2,}")
MEASURE = re.compile(r"\d+[A-Za-z]{1,2}")  # 5th, 10k, 20kg
TURN = re.compile(r"[a-z][A-Z]")
MOST_TURNS = 1 / 3  # of words: more turns from small to capital letters than this are no spelling of names
CYRILLIC = dict(zip("авеіјкмнорсѕтухһԁԛԝАВЕЗІЈКМНОРСЅТУХҺ", "abeijkmhopcstyxhdqwABE3IJKMHOPCSTYXH", strict=True))
GREEK = dict(zip("αβεικνορτυχΑΒΕΖΗΙΚΜΝΟΡΤΥΧ", "aBeikvoptuxABEZHIKMNOPTYX", strict=True))
LOOKALIKES = str.maketrans(CYRILLIC | GREEK)


def normalised(text: str) -> str:
    """The text as its writer would have it read aloud. The same text where nothing in it is disguised."""
    if text.isascii():
        return _cased(MIXED.sub(unleeted, _joined(text)))
    text = JOINERS.sub("", INVISIBLE.sub("", text))
    text = STYLED.sub(lambda found: unicodedata.normalize("NFKC", found.group()), text)
    return _cased(MIXED.sub(unleeted, _joined(WORD.sub(latin, text))))


def latin(found: re.Match[str]) -> str:
    """A word that mixes Latin letters with look-alikes, in Latin letters alone; any other word as it is."""
    word = found.group()
    turned = word.translate(LOOKALIKES)
    return turned if turned.isascii() and any(letter.isascii() for letter in word) else word


def _cased(text: str) -> str:
    """In small letters where capitals are strewn at random: the model knows words in their usual forms."""
    turns = len(TURN.findall(text))
    return text.lower() if turns >= 2 and turns >= MOST_TURNS * len(text.split()) else text


def unleeted(found: re.Match[str]) -> str:
    """A word that mixes letters with digits, in the letters that the digits look like."""
    word = found.group()
    plain = word.isalpha() or word.isdigit() or MEASURE.fullmatch(word)
    return word if plain else word.translate(LEET)


def _joined(text: str) -> str:
    return SPELT.sub(lambda found: found.group().replace(found.group(2), ""), text)
