"""Whether a text, once its disguises are undone, is plain text: a model can judge nothing else. Pure."""

import re
import unicodedata
from functools import cache
from itertools import islice

from inference.scoring.hidden_words import hides_strong_word
from inference.scoring.word_costs import UNKNOWN_COST, cost

MOST_READ = 2_000
"""Characters: a longer text is judged by its beginning."""
EMOJI = re.compile(
    "[\u2190-\u27bf\u2934\u2935\u2b00-\u2bff\u3030\u303d\u3297\u3299\U0001f000-\U0001faff\ufe0f\u200d\u20e3]"
)
CODED = re.compile(
    r"(?:[.\-_/|·–—•]\s?){20,}|(?:[01]\s?){24,}|(?:[0-9A-Fa-f]{2}\s){8,}"  # noqa: RUF001
    r"|(?:\d{2,3}[\s,]+){8,}|(?:\d{1,2}[\s,]+){16,}"
)
"""Morse, ones and noughts, codes of characters."""
SIGNED = re.compile(r"[^\W\d_][*#%&^~@$!|+<>\\€£¥¢®©µ]|[*#%&^~@$!|+<>\\€£¥¢®©µ][^\W\d_]")
AMOUNT = re.compile(r"<3|[$€£¥+-]?\d[\d.,]*[%€$£¥]?")
SIGN = re.compile(r"[*#%&^~@$|+<>€£¥¢®©µ]|!(?=[^!?\s])")
SIGN_SHARE, FEWEST_SIGNED = 0.3, 12
EDGES = "\"'!?.,:;()[]…-"
USUAL_SIGNED = re.compile(r"[@#][\w-]+|\w+:\S+|[\w.+-]+@[\w-]+\.\S+|[A-Za-z](?:\+\+|#)\d*|[A-Z]{1,3}&[A-Z]{1,3}")
"""What is called, a tag, an address, C++."""
SPELT_IN_DIGITS = re.compile(
    r"(?<![^\W_])[A-Za-z]([\W_])(?=(?:[^\W_]\1){2}[^\W_](?![^\W_]))"
    r"(?:[A-Za-z]\1){0,20}[013457]\1(?:[A-Za-z013457]\1){0,20}[A-Za-z](?![^\W_])"
)
"""Four or more single letters, set apart, with digits in the place of some."""
HEAP = re.compile("[A-Za-z\u00c0-\u024f\u1e00-\u1eff][\u0300-\u036f\u0488\u0489\u20dd-\u20e4]{2,}")
"""A Latin letter under two marks or more beyond its own: no language is written so."""
ODD_SHARE = 0.1
"""Of the visible characters: so many that stand for no letter and no usual sign make a text unreadable."""
FEWEST_ODD = 2
WORD = re.compile(r"[^\W\d_]{3,}")
ENGLISH_WORD = re.compile(r"[A-Za-z]{3,}")
MOST_WORDS = 60
FEWEST_LETTERS = 10
NAMED = re.compile(r"https?://\S+|[@#]\w+")
LONGEST_SHORT = 4
"""An unknown word without a vowel that has no more letters is an abbreviation of chat."""
LATIN_WORD = re.compile(r"(?<![\w'])[A-Za-z]{2,}")
VOWEL = re.compile("[aeiouyAEIOUY]")
FEWEST_WITHOUT = 4
UNKNOWN_SHARE = 0.3
"""Of the letters in words of three and more: so many in words that are on no list make a text unreadable."""


def is_plain(text: str, *, in_english: bool = True) -> bool:
    """Whether a normalised text is one that can be read: of letters and usual signs, and of words where in English."""
    text = text[:MOST_READ]
    return not (
        _is_odd(text)
        or _is_masked(text)
        or CODED.search(text)
        or SPELT_IN_DIGITS.search(text)
        or (in_english and (unknown_share(text) >= UNKNOWN_SHARE or _lacks_vowels(text) or hides_strong_word(text)))
    )


def _is_odd(text: str) -> bool:
    """Whether too much of it is neither letter nor usual sign; letters of two scripts in one word count as such."""
    if text.isascii():
        return False
    seen = [each for each in EMOJI.sub("", text) if not each.isspace()]
    odd = sum(not _is_usual(each) for each in seen)
    mixed = sum(
        len(word)
        for word in map(re.Match.group, WORD.finditer(text))
        if len(_scripts(word)) > 1 and "LATIN" in _scripts(word)
    )
    strange = odd + mixed + sum(len(found.group()) for found in HEAP.finditer(text))
    return strange >= FEWEST_ODD and strange >= ODD_SHARE * len(seen)


def _is_masked(text: str) -> bool:
    """Whether at least a third of its words, and two, have letters hidden behind signs, or it is signs in good part.

    One such word alone is an everyday one.
    """
    words = text.split()
    masked = sum(_has_signs(word.strip(EDGES)) for word in words)
    rest = "".join(AMOUNT.sub("", text).split())
    return (masked > 1 and 3 * masked >= len(words)) or (
        len(rest) >= FEWEST_SIGNED and len(SIGN.findall(rest)) >= SIGN_SHARE * len(rest)
    )


def _has_signs(word: str) -> bool:
    return SIGNED.search(word) is not None and not USUAL_SIGNED.fullmatch(word)


@cache
def _is_usual(character: str) -> bool:
    """Letters of any script with their marks, punctuation, money and digits; no private, unassigned or drawn signs."""
    category = unicodedata.category(character)
    return character.isascii() or category[0] in "LMPN" or category == "Sc" or character in "©®™°±×÷´¨¯¬"  # noqa: RUF001


def _scripts(word: str) -> set[str]:
    return {_script(each) for each in word if each.isalpha()}


@cache
def _script(letter: str) -> str:
    return unicodedata.name(letter, "NONE").split(" ")[0].replace("FULLWIDTH", "LATIN").replace("HIRAGANA", "KANA")


def unknown_share(text: str) -> float:
    """The share of letters in unknown words that are no names; 0 where there are too few to tell."""
    words = [found.group() for found in islice(ENGLISH_WORD.finditer(NAMED.sub(" ", text)), MOST_WORDS)]
    titled = 2 * sum(map(str.istitle, words)) > len(words)
    unknown = [word for word in words if cost(word) == UNKNOWN_COST and (titled or not word.istitle())]
    unknown = [word for word in unknown if len(word) > LONGEST_SHORT or VOWEL.search(word)]
    letters = sum(map(len, words))
    if letters < FEWEST_LETTERS or len(unknown) < _fewest_unknown(len(words)):
        return 0.0
    return sum(map(len, unknown)) / letters


def _fewest_unknown(words: int) -> int:
    """How many of so many words must be unknown: two, or in longer texts three; a single word is judged alone."""
    return min(words, max(2, min(3, (words + 1) // 2)))


def _lacks_vowels(text: str) -> bool:
    """Whether half of its words, and four, have no vowel: abbreviations of chat come fewer at a time."""
    words = LATIN_WORD.findall(text)
    without = sum(VOWEL.search(word) is None for word in words)
    return without >= FEWEST_WITHOUT and 2 * without >= len(words)
