"""Brings a text that is not ASCII into plain letters, where its characters are Latin ones in disguise. Pure."""

import re
import unicodedata
from itertools import pairwise, product

from inference.scoring.confusables import REGIONAL, alike, named, turned
from inference.scoring.language import ENGLISH, language_of
from inference.scoring.word_costs import UNKNOWN_COST, cost, mean_cost

INVISIBLE = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u00ad\u034f\u061c\u180b-\u180f\u200b\u200c\u200e\u200f\u202a-\u202e"
    "\u2060-\u206f\ufe00-\ufe0e\ufeff\ufff9-\ufffd\U000e0000-\U000e0fff]"
)
JOINERS = re.compile(
    r"(?<=[\x00-\xff])\u200d|\u200d(?=[\x00-\xff])|(?<=\w)\u200d(?=\w)"
)  # elsewhere they make one emoji of several
FILLERS = re.compile("[\u115f\u1160\u3164\uffa0]")  # letters to Unicode, and blank
BLANKS = re.compile("[\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u2800\u3000]")
TOKEN = re.compile(r"\S*[^\x00-\x7f\s]\S*")
REGIONALS = re.compile("[\U0001f1e6-\U0001f1ff]+")
PRICED = "€£¥¢₹₩"
UNSURE = re.compile("[A-Za-z]*[lL][A-Za-z]*")
MOST_UNSURE = 6
FLIPPED = str.maketrans("unbqdpwm69,'", "nuqbpdmw96',")
VIETNAMESE = "vi"
"""It can be told by its marks alone."""
MOST_TURNED = 0.2
"""Of the letters: from this share on a text stands on its head."""
FLAGS = frozenset(
    [
        "ac",
        "ad",
        "ae",
        "af",
        "ag",
        "ai",
        "al",
        "am",
        "ao",
        "aq",
        "ar",
        "as",
        "at",
        "au",
        "aw",
        "ax",
        "az",
        "ba",
        "bb",
        "bd",
        "be",
        "bf",
        "bg",
        "bh",
        "bi",
        "bj",
        "bl",
        "bm",
        "bn",
        "bo",
        "bq",
        "br",
        "bs",
        "bt",
        "bv",
        "bw",
        "by",
        "bz",
        "ca",
        "cc",
        "cd",
        "cf",
        "cg",
        "ch",
        "ci",
        "ck",
        "cl",
        "cm",
        "cn",
        "co",
        "cp",
        "cr",
        "cu",
        "cv",
        "cw",
        "cx",
        "cy",
        "cz",
        "de",
        "dg",
        "dj",
        "dk",
        "dm",
        "do",
        "dz",
        "ea",
        "ec",
        "ee",
        "eg",
        "eh",
        "er",
        "es",
        "et",
        "eu",
        "fi",
        "fj",
        "fk",
        "fm",
        "fo",
        "fr",
        "ga",
        "gb",
        "gd",
        "ge",
        "gf",
        "gg",
        "gh",
        "gi",
        "gl",
        "gm",
        "gn",
        "gp",
        "gq",
        "gr",
        "gs",
        "gt",
        "gu",
        "gw",
        "gy",
        "hk",
        "hm",
        "hn",
        "hr",
        "ht",
        "hu",
        "ic",
        "id",
        "ie",
        "il",
        "im",
        "in",
        "io",
        "iq",
        "ir",
        "is",
        "it",
        "je",
        "jm",
        "jo",
        "jp",
        "ke",
        "kg",
        "kh",
        "ki",
        "km",
        "kn",
        "kp",
        "kr",
        "kw",
        "ky",
        "kz",
        "la",
        "lb",
        "lc",
        "li",
        "lk",
        "lr",
        "ls",
        "lt",
        "lu",
        "lv",
        "ly",
        "ma",
        "mc",
        "md",
        "me",
        "mf",
        "mg",
        "mh",
        "mk",
        "ml",
        "mm",
        "mn",
        "mo",
        "mp",
        "mq",
        "mr",
        "ms",
        "mt",
        "mu",
        "mv",
        "mw",
        "mx",
        "my",
        "mz",
        "na",
        "nc",
        "ne",
        "nf",
        "ng",
        "ni",
        "nl",
        "no",
        "np",
        "nr",
        "nu",
        "nz",
        "om",
        "pa",
        "pe",
        "pf",
        "pg",
        "ph",
        "pk",
        "pl",
        "pm",
        "pn",
        "pr",
        "ps",
        "pt",
        "pw",
        "py",
        "qa",
        "re",
        "ro",
        "rs",
        "ru",
        "rw",
        "sa",
        "sb",
        "sc",
        "sd",
        "se",
        "sg",
        "sh",
        "si",
        "sj",
        "sk",
        "sl",
        "sm",
        "sn",
        "so",
        "sr",
        "ss",
        "st",
        "sv",
        "sx",
        "sy",
        "sz",
        "ta",
        "tc",
        "td",
        "tf",
        "tg",
        "th",
        "tj",
        "tk",
        "tl",
        "tm",
        "tn",
        "to",
        "tr",
        "tt",
        "tv",
        "tw",
        "tz",
        "ua",
        "ug",
        "um",
        "un",
        "us",
        "uy",
        "uz",
        "va",
        "vc",
        "ve",
        "vg",
        "vi",
        "vn",
        "vu",
        "wf",
        "ws",
        "xk",
        "ye",
        "yt",
        "za",
        "zm",
        "zw",
    ]
)


def unstyled(text: str) -> str:
    """The text in plain letters. Latin letters keep their marks where, without them, it is in another language.

    Letters of other scripts stay as they are but in words that pass for Latin ones.
    """
    text = FILLERS.sub("\u2800", JOINERS.sub("", text))
    if not text:
        return text
    if max(text) >= "\U0001f1e6":
        text = REGIONALS.sub(_no_flag, text)
    text = _upright(unicodedata.normalize("NFC", text))
    plain = _lettered(text, keep_marks=False)
    if plain != text and (language_of(text) == VIETNAMESE or language_of(_alike(plain)) != ENGLISH):
        plain = _lettered(text, keep_marks=True)
    plain = _alike(plain)
    return UNSURE.sub(_i_for_l, plain) if "ł" in text.lower() else plain


def _i_for_l(found: re.Match[str]) -> str:
    """A word in which a stroke may have stood for l or for i, as the usual one of the two."""
    word = found.group()
    if cost(word) < UNKNOWN_COST or word.lower().count("l") > MOST_UNSURE:
        return word
    ways = product(*(each + ("i" if each in "lL" else "") for each in word))
    return min(("".join(way) for way in ways), key=cost)


def _no_flag(found: re.Match[str]) -> str:
    """Flags as they are; what makes no flags, or a usual word, as the letters that it spells."""
    letters = "".join(REGIONAL[each] for each in found.group())
    if len(letters) > 2 and cost(letters) < UNKNOWN_COST:
        return letters
    pairs = [letters[place : place + 2] for place in range(0, len(letters), 2)]
    return found.group() if all(pair in FLAGS for pair in pairs) else letters


def _upright(text: str) -> str:
    """A text that stands on its head as it reads best, mostly from the end; as it is where few of its letters do."""
    letters = sum(map(str.isalpha, text))
    heads = sum(turned(each) is not None for each in text if not each.isascii())
    if heads < 2 or heads < MOST_TURNED * letters:
        return text
    in_place = "".join(turned(each) or each for each in text)
    flipped = "".join(turned(each) or each.translate(FLIPPED) for each in text)
    return min(flipped[::-1], flipped, in_place, key=mean_cost)


def _lettered(text: str, *, keep_marks: bool) -> str:
    """Each Latin letter in its plain form. Marks on letters of other scripts stay: there they are part of spelling."""
    found: list[str] = []
    for character in text:
        if character.isascii():
            found.append(character)
        elif unicodedata.category(character) in ("Mn", "Me"):
            if found and not found[-1][-1:].isascii():
                found.append(character)
        elif keep_marks and _is_spelling(character):
            found.append(character)
        else:
            found.append(named(character) or character)
    return "".join(found)


def _is_spelling(character: str) -> bool:
    """Whether it is a Latin letter that languages are written with: up to Latin Extended-B, or Vietnamese."""
    return character.isalpha() and (character <= "\u024f" or "\u1e00" <= character <= "\u1eff")


def _alike(text: str) -> str:
    """Words that pass for Latin ones in Latin letters: those that mix both, and then, or in mostly Latin text, all."""
    if text.isascii():
        return text
    letters = [each for each in text if each.isalpha()]
    mostly = 2 * sum(map(str.isascii, letters)) > len(letters)
    mostly = mostly or any(_passing(found, False) != found for found in TOKEN.findall(text))
    return TOKEN.sub(lambda found: _passing(found.group(), mostly), text)


def _passing(token: str, mostly: bool) -> str:
    """The token in Latin letters, where every letter of it looks like one; else as it is."""
    mixed = any(each.isascii() and each.isalpha() for each in token)
    if not mixed and (not mostly or any("\u3000" <= each <= "\uffdc" for each in token)):
        return token
    disguised = sum(not each.isascii() and alike(each) is not None for each in token)
    beside = zip(pairwise(f" {token} "), f"{token[1:]} ", strict=False)
    plain = "".join(
        each if each.isascii() or not (disguised > 1 or _is_letter(before, each, after)) else alike(each) or each
        for (before, each), after in beside
    )
    return plain if all(each.isascii() for each in plain if each.isalpha()) else token


def _is_letter(before: str, character: str, after: str) -> bool:
    """A letter, or a sign in the place of one: a rare sign of money, or one that stands before or after a letter."""
    if character.isalpha() or after.isalpha():
        return True
    category = unicodedata.category(character)
    return (category == "Sc" and character not in PRICED) or (category == "Sm" and before.isalpha())
