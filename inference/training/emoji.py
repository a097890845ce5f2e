"""Emoji as people write them, by a seeded generator: single ones, sequences of several characters, flags, rows. Pure.

One in HELD_OUT is never drawn, so that what a model does with emoji it was not taught can be measured.
"""

import random
import unicodedata
from zlib import crc32

from inference.scoring.unicode_disguises import FLAGS

HELD_OUT = 8
_RANGES = ((0x2600, 0x27BF), (0x1F300, 0x1F64F), (0x1F680, 0x1F6FF), (0x1F900, 0x1FAFF))
_TONES = tuple(map(chr, range(0x1F3FB, 0x1F400)))
_JOINER, _PICTURE, _KEYCAP = "\u200d", "\ufe0f", "\u20e3"
_HANDS = (*range(0x1F446, 0x1F451), 0x1F44B, 0x1F64F, 0x1F4AA, 0x1F91D)
_PEOPLE = "👩👨🧑"
_THINGS = (
    "⚕️",
    "⚖️",
    "✈️",
    "🌾",
    "🍳",
    "🎓",
    "🎤",
    "🎨",
    "🏫",
    "🏭",
    "💻",
    "💼",
    "🔧",
    "🔬",
    "🚀",
    "🚒",
    "🦯",
    "🦼",
    "🦽",
    "🦰",
    "🦱",
    "🦳",
    "🦲",
)
_MOVING = "🏃🚶🏄🚣🏊🏋🚴🚵🤸🤽🤾🤹🧗🧘💁🙅🙆🙋🤦🤷🙎🙍💇💆🙇👮👷💂🕵🧙🧚🧛🧜🧝"
_FAMILIES = ("👩‍👦", "👨‍👧", "👩‍👩‍👧", "👨‍👨‍👦", "👨‍👩‍👦‍👦", "👩‍👧‍👧", "👩‍❤️‍👨", "👨‍❤️‍👨", "👩‍❤️‍💋‍👩")
_OTHERS = ("🏴‍☠️", "🏳️‍⚧️", "🏳️‍🌈", "❤️‍🔥", "❤️‍🩹", "👁️‍🗨️", "🐕‍🦺", "🐻‍❄️", "🐈‍⬛", "😵‍💫", "😮‍💨", "😶‍🌫️")


def is_held_out(sign: str) -> bool:
    """Whether an emoji is one of those that are never drawn."""
    return crc32(sign.encode()) % HELD_OUT == 0


SINGLE = tuple(
    sign
    for first, last in _RANGES
    for sign in map(chr, range(first, last + 1))
    if unicodedata.category(sign) == "So" and sign not in _TONES
)
COUNTRIES = tuple("".join(chr(0x1F1E6 + ord(letter) - ord("a")) for letter in pair) for pair in sorted(FLAGS))


def emoji(draw: random.Random) -> str:
    """One emoji, of one or of several characters; faces and flags more often than their number says."""
    while is_held_out(sign := _any_emoji(draw)):
        pass
    return sign


def emoji_sequence(draw: random.Random, longest: int = 6) -> str:
    """One emoji, the same one some times, or up to `longest` of them, now and then with blanks between."""
    count = draw.choice((1, 1, 1, 2, 3, draw.randint(1, longest)))
    if draw.random() < 0.5:
        return emoji(draw) * count
    return draw.choice(("", "", " ")).join(emoji(draw) for _ in range(count))


def _any_emoji(draw: random.Random) -> str:
    kind = draw.random()
    return _plain_emoji(kind, draw) if kind < 0.78 else _joined_emoji(kind, draw)


def _plain_emoji(kind: float, draw: random.Random) -> str:
    """One character with what may follow it, or a flag; `kind` is below 0.78."""
    if kind < 0.3:
        return chr(draw.randint(0x1F600, 0x1F64F))  # faces
    if kind < 0.6:
        sign = draw.choice(SINGLE)
        return sign + _PICTURE if sign < "\u2800" and draw.random() < 0.7 else sign
    if kind < 0.72:
        return draw.choice(COUNTRIES)
    return chr(draw.choice(_HANDS)) + draw.choice(_TONES)


def _joined_emoji(kind: float, draw: random.Random) -> str:
    """What is joined of several, and the keys of a telephone; `kind` is from 0.78 on."""
    if kind < 0.84:
        return draw.choice(_FAMILIES)
    if kind < 0.9:
        return draw.choice(_PEOPLE) + draw.choice(("", *_TONES)) + _JOINER + draw.choice(_THINGS)
    if kind < 0.96:
        return draw.choice(_MOVING) + draw.choice(("", *_TONES)) + _JOINER + draw.choice("♀♂") + _PICTURE
    return draw.choice((*_OTHERS, draw.choice("0123456789#*") + _PICTURE + _KEYCAP))
