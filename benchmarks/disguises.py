"""Ways in which people hide words from filters. Each changes a whole text; draws come from a seeded generator."""

# ruff: noqa: RUF001 - look-alikes on purpose

import base64
import codecs
import random
import re
from collections.abc import Callable, Sequence
from urllib.parse import quote

from benchmarks.alphabets import ALPHABETS, MORSE, SMALL

Way = Callable[[str, random.Random], str]
LEET = str.maketrans("aeiostAEIOST", "431057431057")
LOOKALIKES = str.maketrans("aceopxyACEHOPTX", "асеорхуАСЕНОРТХ")
ZERO_WIDTH = ("\u200b", "\u200c", "\u2060")
BUILT = {"a": "/\\", "d": "|)", "h": "|-|", "k": "|<", "m": "|\\/|", "n": "|\\|", "u": "|_|", "v": "\\/", "w": "\\/\\/"}
"""Letters that are drawn with several signs."""


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


def mixed(text: str, draw: random.Random) -> str:
    """Each letter in an alphabet of its own, of those that Unicode names as Latin."""
    names = ("accents", "small capitals", "circled", "bold", "fullwidth", "squared, negative", "monospace")
    return "".join(_in(ALPHABETS[draw.choice(names)])(letter, draw) for letter in text)


def cut_anywhere(text: str, draw: random.Random) -> str:
    """A blank in the middle of every second long word or so."""
    return " ".join(
        word[: (at := draw.randrange(1, len(word)))] + " " + word[at:]
        if len(word) > 3 and draw.random() < 0.5
        else word
        for word in text.split()
    )


def _in(letters: str | Sequence[str]) -> Way:
    """In another alphabet: one character for each letter from a to z."""
    table = dict(zip(SMALL, letters, strict=True))
    return lambda text, draw: "".join(table.get(letter, letter) for letter in text.lower())


def _letters(sign: str) -> Way:
    """Each letter as a pattern says, in which {} stands for it."""
    return lambda text, draw: "".join(sign.format(letter) if letter.isalpha() else letter for letter in text)


def _marked(*marks: str) -> Way:
    """With a mark on each letter."""
    return lambda text, draw: "".join(letter + draw.choice(marks) if letter.isalpha() else letter for letter in text)


def _between(sign: str) -> Way:
    """With a sign between all characters."""
    return lambda text, draw: sign.join(text)


def _by_word(way: Callable[[str], str], sign: str = " ") -> Way:
    return lambda text, draw: sign.join(way(word) for word in text.split())


def _plain(way: Callable[[str], str]) -> Way:
    return lambda text, draw: way(text)


def _swapped(pairs: str, text: str) -> str:
    """With letters in the place of others: "ph f" stands for "f as ph"."""
    for pair in pairs.split(","):
        new, old = pair.split()
        text = re.sub(old, new, text)
    return text


def _translated(letters: str, others: str) -> Way:
    return lambda text, draw: text.translate(str.maketrans(letters, others))


def _halved(sign: str) -> Way:
    return _by_word(lambda word: word[: len(word) // 2] + sign + word[len(word) // 2 :] if len(word) > 3 else word)


def _masked(sign: str, at: int = 1) -> Way:
    return _by_word(lambda word: word[:at] + sign + word[at + 1 :] if len(word) > 3 else word)


_TURNED = _in(ALPHABETS["turned in place"])

WAYS: dict[str, Way] = {
    "leetspeak": leetspeak,
    "spacing": spacing,
    "homoglyphs": homoglyphs,
    "zero-width": zero_width,
    "casing": casing,
    "mixed alphabets": mixed,
    **{name: _in(letters) for name, letters in ALPHABETS.items()},
    "upside down": lambda text, draw: _TURNED(text, draw)[::-1],
    "Cyrillic capitals": _plain(lambda text: text.upper().translate(str.maketrans("ANRWEO", "ДИЯШЭФ"))),
    "strokes": _marked("\u0336", "\u0337"),
    "tone marks": _marked("\u0301"),
    "underlined": _marked("\u0332"),
    "heaps of marks": _marked("\u0300\u0330\u033f", "\u0351\u0489"),
    "enclosed": _marked("\u20dd"),
    "keycaps": _marked("\ufe0f\u20e3"),
    "leetspeak with signs": _translated("aeiostl", "@3!0$71"),
    "leetspeak, much": _translated("aeiostgbl", "4310$+68|"),
    "letters of signs": _plain(lambda text: "".join(BUILT.get(letter, letter) for letter in text.lower())),
    "blanks between": _between(" "),
    "two blanks between": _between("  "),
    "no-break blanks between": _between("\u00a0"),
    "thin blanks between": _between("\u2009"),
    "braille blanks between": _between("\u2800"),
    "fillers between": _between("\u3164"),
    "soft hyphens": _between("\u00ad"),
    "joiners": _between("\u200d"),
    "variation selectors": _between("\ufe0f"),
    "tags": _between("\U000e0041"),
    "control characters": _between("\x08"),
    "other direction": _plain(lambda text: f"\u202e{text}\u202c"),
    "a line a letter": _plain(lambda text: "\n".join(text.replace(" ", ""))),
    "dots in words": _by_word(".".join),
    "slashes in words": _by_word("/".join),
    "bars in words": _by_word("|".join),
    "dots throughout": _plain(lambda text: ".".join(text.replace(" ", ""))),
    "emoji in words": _by_word("😀".join),
    "any sign in words": lambda text, draw: " ".join(
        "".join(letter + draw.choice("._-*") for letter in word)[:-1] for word in text.split()
    ),
    "brackets": _letters("[{}]"),
    "round brackets": _letters("({})"),
    "apostrophes": _letters("'{}"),
    "HTML tags": _letters("<b>{}</b>"),
    "no blanks": _by_word(str, ""),
    "a capital a word": _plain(lambda text: text.title().replace(" ", "")),
    "hashtag": _plain(lambda text: "#" + text.title().replace(" ", "")),
    "underscores for blanks": _by_word(str, "_"),
    "dots for blanks": _by_word(str, "."),
    "slashes for blanks": _by_word(str, "/"),
    "cut anywhere": cut_anywhere,
    "blank in words": _halved(" "),
    "hyphen in words": _halved("-"),
    "dot in words": _halved("."),
    "markup in words": _halved("**"),
    "spoilers in words": _halved("||"),
    "line break in words": _halved("\n"),
    "letters thrice": _plain(lambda text: "".join(letter * 3 for letter in text)),
    "letters twice": _plain(lambda text: "".join(letter * 2 if letter.isalpha() else letter for letter in text)),
    "drawn out": _by_word(lambda word: word + word[-1] * 5),
    "backwards": _plain(lambda text: text[::-1]),
    "words backwards": _by_word(lambda word: word[::-1]),
    "words in reverse order": _plain(lambda text: " ".join(reversed(text.split()))),
    "two letters swapped": _by_word(lambda word: word[0] + word[2] + word[1] + word[3:] if len(word) > 3 else word),
    "a letter left out": _by_word(lambda word: word[:2] + word[3:] if len(word) > 3 else word),
    "vowels left out": _plain(lambda text: re.sub("(?<=[A-Za-z])[aeiou]", "", text)),
    "as it sounds": _plain(lambda text: _swapped("ph f,k c(?!h),z s,u oo,i ee,ai ay,n kn", text)),
    "pig Latin": _by_word(lambda word: word[1:] + word[0] + "ay"),
    "rot13": _plain(lambda text: codecs.encode(text, "rot13")),
    "base64": _plain(lambda text: base64.b64encode(text.encode()).decode()),
    "hexadecimal": _plain(lambda text: text.encode().hex(" ")),
    "binary": _plain(lambda text: " ".join(f"{each:08b}" for each in text.encode())),
    "Morse": _plain(lambda text: " ".join(MORSE.get(letter, "/") for letter in text.lower())),
    "places in the alphabet": _plain(
        lambda text: " ".join(str(SMALL.index(letter) + 1) if letter in SMALL else "0" for letter in text.lower())
    ),
    "HTML escapes": _plain(lambda text: "".join(f"&#{ord(letter)};" for letter in text)),
    "HTML escapes in hex": _plain(lambda text: "".join(f"&#x{ord(letter):x};" for letter in text)),
    "address escapes": _plain(lambda text: "".join(f"%{each:02X}" for each in text.encode())),
    "program escapes": _plain(lambda text: "".join(f"\\u{ord(letter):04x}" for letter in text if ord(letter) < 0xFFFF)),
    "half escaped": _plain(quote),
    "starred vowels": _translated("aeiou", "*****"),
    "a star a word": _masked("*"),
    "a hash a word": _masked("#", 2),
    "a grawlix a word": _masked("@#%"),
    "fifty emoji after": _plain(lambda text: text + " " + "😂" * 50),
    "various emoji after": _plain(lambda text: text + " " + "😂🐸🔥💀" * 15),
    "emoji between words": _by_word(str, " 😂 "),
    "sixty signs after": _plain(lambda text: text + "!" * 60),
    "laughter after": _plain(lambda text: text + " ha" * 60),
    "blank lines before": _plain(lambda text: "\n" * 60 + text),
}
