"""Undoes what is done to the letters of words in ASCII alone: digits and signs in their place, stretched, backwards.

Pure. Typing errors are not undone: too often they are names, and words of a community.
"""

import math
import re
from collections.abc import Mapping
from itertools import groupby, islice, product

from inference.scoring.word_costs import UNKNOWN_COST, cost, mean_cost

LEET = str.maketrans("431057@$!|", "aeiostasil")
LEET_L = str.maketrans("431057@$!|", "aelostasll")
LEET_MORE = str.maketrans("431057@$!|+689", "aeiostasiltgbg")
LEAST_MORE = 5  # letters of words in which further digits are looked at: "gr8" and "l8r" are read as they are
LOOKS_LIKE = {"4": "a", "3": "e", "1": "il", "0": "o", "5": "s", "7": "t", "@": "a", "$": "s", "!": "il", "|": "li"}
LOOKS_LIKE_MORE = LOOKS_LIKE | {"+": "t", "6": "gb", "8": "b", "9": "g", "2": "z", "#": "h"}
MOST_WAYS = 64
LONGEST_BARE = 2
MUCH = 3
"""Words of a text that were such: from so many on, what is digits and signs alone is taken for one, too."""
ALL_SIGNS = re.compile(r"(?<![\w$£€@.,:])[\d@$!|+]{3,6}(?![\w%]|[@.,:]\w)")
MIXED = re.compile(r"(?<![\w@.|!+])[@$!|+]{0,2}[A-Za-z0-9](?:[A-Za-z0-9@$!|+]*[A-Za-z0-9@$|+])?(?!@?\w*\.\w)")
MEASURE = re.compile(r"\d+[A-Za-z]{1,2}\+?")  # 5th, 10k, 20kg
PRICE = re.compile(r"[A-Z]{1,3}\$\d*")
EDGES = "@$!+|"
BUILT = {"\\/\\/": "w", "|\\/|": "m", "|\\|": "n", "|_|": "u", "|-|": "h", "/\\": "a", "\\/": "v", "|<": "k", "|)": "d"}
"""Letters that are drawn with several signs, the longest first."""
DRAWN = re.compile("|".join(map(re.escape, BUILT)))
DRAWN_WORD = re.compile(rf"\S*(?:{DRAWN.pattern})\S*")
FEWEST_DRAWN = 3
TURN = re.compile(r"[a-z][A-Z]")
MOST_TURNS = 1 / 3  # of words: more turns from small to capital letters than this are no spelling of names
WORD = re.compile(r"[^\W\d_]+")
LETTER_RUN = re.compile(r"([^\W\d_])\1{2,}")
ANY_RUN = re.compile(r"([^\W\d_])\1+")
DOUBLED = re.compile(r"([^\W\d_])\1\1|([^\W\d_])\2([^\W\d_])\3")
SOUNDS = {"ph": "f", "z": "s", "k": "c", "oo": "u", "ee": "i"}
SOUND = re.compile(f"({'|'.join(SOUNDS)})")
SOUNDING = re.compile(r"(?<![\w@#./'-])(?=[a-z]*(?:ph|[zk]|oo|ee))[A-Za-z]{4,20}(?![\w@/'-]|\.\w)")
RARE = 13.0
"""A mean cost from which on a text may be written backwards."""


def shortened(text: str) -> str:
    """Stretched and doubled words as they are usually written."""
    return WORD.sub(_shortened, text) if DOUBLED.search(text) else text


def _shortened(found: re.Match[str]) -> str:
    word = found.group()
    if not DOUBLED.search(word) or cost(word) < UNKNOWN_COST:  # "www"
        return word
    twice, once = LETTER_RUN.sub(r"\1\1", word), LETTER_RUN.sub(r"\1", word)
    runs = [len(list(run)) for _, run in groupby(word.lower())]
    if (times := math.gcd(*runs)) > 1 and cost(word[::times]) < UNKNOWN_COST:  # each letter so many times
        return word[::times]
    return min(twice, once, ANY_RUN.sub(r"\1", word), re.sub(r"(.)\1", r"\1", word), key=cost)


def unleeted(text: str) -> str:
    """Words that mix letters with digits and signs, in the letters that these look like."""
    if len(DRAWN.findall(text)) >= FEWEST_DRAWN:
        text = DRAWN_WORD.sub(_undrawn, text)
    undone = MIXED.sub(in_letters, text)
    if sum(before != after for before, after in zip(text.split(), undone.split(), strict=False)) < MUCH:
        return undone
    return ALL_SIGNS.sub(lambda found: _likeliest(found.group(), LOOKS_LIKE_MORE) or found.group(), undone)


def _undrawn(found: re.Match[str]) -> str:
    word = DRAWN.sub(lambda sign: BUILT[sign.group()], found.group())
    return word if cost(word.strip("\"'!?.,:;()")) < UNKNOWN_COST else found.group()


def in_letters(found: re.Match[str]) -> str:
    """One such word; a name that is called, a price, a measure and what is a word already as they are."""
    word = found.group()
    if (
        word.isalpha()
        or "++" in word
        or not any(map(str.isalpha, word))
        or MEASURE.fullmatch(word)
        or PRICE.fullmatch(word)
    ):
        return word
    if word[0] == "!" and word[1:].isalpha() and cost(word[1:]) < UNKNOWN_COST:  # a command to a bot
        return word
    looks_like = LOOKS_LIKE_MORE if len(word) >= LEAST_MORE else LOOKS_LIKE | {"+": "t"}
    if likeliest := _likeliest(word, looks_like):
        return likeliest
    ways = [word.translate(LEET), word.translate(LEET_L)] + [word.translate(LEET_MORE)] * (len(word) >= LEAST_MORE)
    best, bare = min(ways, key=cost), word.strip(EDGES)
    if bare != word and cost(best) >= cost(bare.translate(LEET)):
        return word.replace(bare, bare.translate(LEET))
    return best


def _likeliest(word: str, looks_like: Mapping[str, str]) -> str:
    """The most usual word that a word may stand for; empty where that is none, or has two letters or less."""
    letters = [looks_like.get(each, each) for each in word]
    if len(letters) <= LONGEST_BARE or math.prod(map(len, letters)) > MOST_WAYS:
        return ""
    likeliest = min(("".join(way) for way in product(*letters)), key=cost)
    return likeliest if cost(likeliest) < UNKNOWN_COST else ""


def cased(text: str) -> str:
    """In small letters where capitals are strewn at random: the model knows words in their usual forms."""
    turns = len(TURN.findall(text))
    return text.lower() if turns >= 2 and turns >= MOST_TURNS * len(text.split()) else text


def forwards(text: str) -> str:
    """A text that was written backwards, read from its end."""
    there = mean_cost(text)
    return text[::-1] if there >= RARE and mean_cost(text[::-1]) < there - 3 else text


def as_meant(text: str) -> str:
    """Words that are spelt as they sound and are on no list, as the usual words that sound so: "ztupid", "phat"."""
    return SOUNDING.sub(_as_meant, text)


def _as_meant(found: re.Match[str]) -> str:
    word = found.group()
    if cost(word) < UNKNOWN_COST:
        return word
    ways = product(*((each, SOUNDS[each]) if each in SOUNDS else (each,) for each in SOUND.split(word.lower())))
    best = min(("".join(way) for way in islice(ways, MOST_WAYS)), key=cost)
    return best if cost(best) < UNKNOWN_COST else word
