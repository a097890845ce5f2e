"""Undoes what hides where words begin and end: letters set apart, words cut in two or run together. Pure."""

import re
from collections import Counter

from inference.scoring.word_costs import UNKNOWN_COST, cost, split

TAG = re.compile(r"</?(?:[abipqsu]|em|br|del|ins|sub|sup|font|span|mark|small|strong)(?:\s[^<>]{0,200})?/?>", re.I)
SPELT = re.compile(r"(?<!')(?<![^\W_])[^\W\d_]([\W_]{1,3}?)[^\W\d_](?:\1[^\W\d_])+(?![^\W_]|[*#@]\w)")
"""Three or more single letters, set apart by one and the same sign."""
SPELT_ANYHOW = re.compile(r"(?<![^\W_])(?<![A-Za-z]{2}/)[^\W\d_](?:[^\w\s'][^\W\d_]|_[^\W\d_]){2,}(?![^\W_])")
"""Three or more single letters, set apart by any one sign each."""
BOXED = re.compile(r"(?:[\[({<][^\W\d_][\])}>]){2,}|(?<!\w)(?:'[^\W\d_]){2,}(?!\w)")
BETWEEN = re.compile(r"[\W_]+")
MARKUP = re.compile(r"(?<!\w)([A-Za-z]+)(?:\*\*|\|\||~~|__)([A-Za-z]+)(?!\w)")
CUT = re.compile(r"(?<![\w.@/#-])([A-Za-z]+)([-._])([A-Za-z]+)(?![\w@/-]|\.\w)")
CHAIN = re.compile(r"(?<![\w./@-])[A-Za-z]+(?:([._-])[A-Za-z]+)(?:\1[A-Za-z]+){2,}(?![\w/@])")
"""Four or more words, with one and the same sign for blanks."""
UNBROKEN = re.compile(r"(?<!\S)\S{12,}(?!\S)")
PLACE = re.compile(r"(?:\w+:|www\.|[/~.]|[\w+-]+@[\w-]+\.|[\w-]+\.[\w.-]+/)", re.I)
"""The beginning of an address, of a path, of an email."""
FOR_BLANKS = "_./-+,;|~*:=>"
BROKEN = re.compile(r"(?<![\w'’])([A-Za-z]+)[ \n](?=([A-Za-z]+)(?![\w'’*#@%]))")  # noqa: RUF001 - an apostrophe, too
LONG = re.compile(r"(?<![\w/])[A-Za-z]{20,400}(?![\w/])|(?<![\w./])[A-Za-z]{12,19}(?![\w/]|\.\w)")
MOSTLY = 0.7
SPACED = 0.8
"""Of the characters between blanks: so many that stand alone make a text one whose letters are set apart."""
SURER = 0.5
"""By so much a whole word must be more usual than the rarer of the pieces that it was cut into."""
CUT_COST = 9.0
"""In a text where several words were cut, by so much a whole word may be rarer than its two pieces together."""
WORDS_OF_ONE = {"a", "A", "i", "I"}
LONGEST_STUB, STUB_COST = 3, 4.0
"""There, by so much a whole word may be rarer than the rarer piece, where that has no more letters than this."""
SEVERAL = 2


def joined(text: str) -> str:
    """Spelt-out and cut words in one piece, and words without blanks between them one by one."""
    text = MARKUP.sub(_unmarked, TAG.sub("", text))
    text = BOXED.sub(lambda found: BETWEEN.sub("", found.group()), _closed_up(text))
    text = SPELT.sub(_joined, SPELT_ANYHOW.sub(_joined, text))
    text = CHAIN.sub(lambda found: found.group().replace(found[1], " "), UNBROKEN.sub(_unchained, text))
    return _whole(_mended(text))


def _unmarked(found: re.Match[str]) -> str:
    whole = found[1] + found[2]
    return whole if cost(whole) < UNKNOWN_COST else found.group()


def _closed_up(text: str) -> str:
    """A text whose letters are all set apart, with its words where the wider blanks are."""
    pieces = text.split()
    if len(pieces) < 4 or sum(len(piece) == 1 for piece in pieces) < SPACED * len(pieces):
        return text
    gaps = [len(gap) for gap in re.findall(r"\s+", text.strip())]
    if min(gaps) == max(gaps):
        return text
    return " ".join("".join(word.split()) for word in re.split(rf"\s{{{min(gaps) + 1},}}", text.strip()))


def _joined(found: re.Match[str]) -> str:
    """A spelt-out word without what set its letters apart; the words, where it is several."""
    word = BETWEEN.sub("", found.group())
    return " ".join(split(word)) if len(word) > 4 and cost(word) == UNKNOWN_COST else word


def _unchained(found: re.Match[str]) -> str:
    """Words with one sign for blanks, whatever else is in them; what is an address or no words as it is."""
    token = found.group()
    sign, times = Counter(each for each in token if each in FOR_BLANKS).most_common(1)[0] if _signs(token) else ("", 0)
    if times < 3 or PLACE.match(token):
        return token
    pieces = [piece.strip("\"'!?.,:;()") for piece in token.split(sign)]
    words = sum(piece.replace("'", "").isalpha() and cost(piece.replace("'", "")) < UNKNOWN_COST for piece in pieces)
    return token.replace(sign, " ") if words >= MOSTLY * len(pieces) else token


def _signs(token: str) -> bool:
    return any(each in FOR_BLANKS for each in token)


def _mended(text: str) -> str:
    """Words that were cut in two by a sign, in one piece."""
    several = sum(_gain(found[1], found[3]) > 0 for found in CUT.finditer(text)) >= SEVERAL

    def mend(found: re.Match[str]) -> str:
        return found[1] + found[3] if _gain(found[1], found[3], several=several) > 0 else found.group()

    return CUT.sub(mend, text)


def _whole(text: str) -> str:
    """Words that were cut in two by a blank, in one piece: of two ways to join a piece, the better one."""
    found = list(BROKEN.finditer(text))
    gains = [_gain(each[1], each[2]) for each in found]
    if sum(gain > 0 for gain in gains) >= SEVERAL:
        gains = [_gain(each[1], each[2], several=True) for each in found]
    drop: list[int] = []
    end = -1
    for number, (each, gain) in enumerate(zip(found, gains, strict=True)):
        beside = number + 1 < len(found) and found[number + 1].start() == each.end() and gains[number + 1]
        if gain > 0 and gain >= (beside or 0) and each.start() != end:
            drop.append(each.end() - 1)
            end = each.end()
    return "".join(each for place, each in enumerate(text) if place not in set(drop)) if drop else text


def _gain(first: str, last: str, *, several: bool = False) -> float:
    """How much likelier one word is than two, above 0 where it is likelier; `several` words of the text were cut."""
    whole, rarer = cost(first + last), max(first, last, key=cost)
    if whole == UNKNOWN_COST or ({first, last} & WORDS_OF_ONE and cost(rarer) < UNKNOWN_COST):
        return -1.0
    if not several:
        return cost(rarer) - SURER - whole
    spare = STUB_COST if len(rarer) <= LONGEST_STUB else -SURER
    return max(cost(rarer) + spare, cost(first) + cost(last) - CUT_COST) - whole


def apart(text: str) -> str:
    """Words that were run together, one by one."""
    return LONG.sub(_apart, text)


def _apart(found: re.Match[str]) -> str:
    """The words of a run of letters; one that is a word, or does not come apart well, as it is."""
    word = found.group()
    if cost(word) < UNKNOWN_COST:
        return word
    words = split(word)
    return " ".join(words) if len(word) >= 3 * len(words) else word
