"""Which plain letter a character stands for, by Unicode's own names and its table of confusables. Pure.

Names tell small capitals, squared, circled, regional, turned and stroked letters; the table tells letters of other
scripts that look Latin. Neither has the letters that people take for others only in play: these are listed here.
"""

import re
import unicodedata
from functools import cache

from confusable_homoglyphs.confusables import confusables_data

_NAMED = re.compile(
    r"(?:(?:COMBINING|NEGATIVE|CROSSED|MODIFIER|FULLWIDTH|PARENTHESIZED|CIRCLED|SQUARED|ITALIC|LATIN|SUBSCRIPT"
    r"|SUPERSCRIPT|EPIGRAPHIC|SMALL|CAPITAL|LETTER|TURNED|REVERSED|INVERTED|SIDEWAYS|INSULAR|DOTLESS|SCRIPT|BARRED"
    r"|BLACKLETTER|STRETCHED|OPEN|LONG|LONG-LEGGED|SANS-SERIF|VOICED|AFRICAN) )+(?P<letter>[A-Z])(?: WITH .+)?"
)
# ruff: noqa: RUF001 - look-alikes on purpose


def _pairs(text: str) -> dict[str, str]:
    return {pair[0]: pair[1:] for pair in text.split()}


_TURNED = _pairs("ɔc ƃg ןl ɾj ɟf Ⅎf ⅁g ⅂l Ԁp ∀a")
_OTHER_LATIN = _pairs("ɑa ɩi ıi ȷj ʋu ɣy ƽs ſs ʟl ɴn ɪi ʏy ɢg Ʉu ʉu Øo øo")
_CYRILLIC = _pairs(
    "аa бb вb гr еe ёe зe иn йn іi їi ӏl јj кk лn мm нh оo пn рp сc тt уy хx цu чy шw щw ъb ьb эe яr һh ԁd ԛq ԝw єe "
    "АA БB ВB ГR ЕE ЁE З3 ИN ЙN ІI ЇI ЈJ КK МM НH ОO ПN РP СC ТT УY ХX ЦU ЧY ШW ЩW ЬB ЭE ЯR ҺH ЅS ѕs ЄE Дa дd"
)
_GREEK = _pairs(
    "αa βB γy δd εe ζz ηn θo ιi κk λl μm νv οo πn ρp ςc σo τt υu φo χx ωw ξe "
    "ΑA ΒB ΕE ΖZ ΗH ΙI ΚK ΛA ΜM ΝN ΞE ΟO ΠN ΡP ΣE ΤT ΥY ΦO ΧX ΔA ΘO ΩO"
)
_SIGNS = _pairs(
    "₳a ฿b ₵c ¢c ₫d €e ₣f ₲g ₭k ₤l £l ₥m ₦n ₱p ₽p ₹r ₮t ₩w ¥y ₴s ∂d ƒf †t ×x ∑e √v ∩n ∪u ∈e ∃e ⊂c "
    "卂a 乃b 匚c 刀d 乇e 下f 厶g 卄h 工i 丁j 长k 乚l 从m 口o 尸p 尺r 丂s 丅t 凵u 山w 乂x 丫y 乙z 几n"
)


@cache
def named(character: str) -> str | None:
    """The plain letter, or letters, that a character is another form of: a Latin letter with a mark, squared, small."""
    name = unicodedata.name(character, "")
    if found := _NAMED.fullmatch(name):
        return found["letter"] if name.startswith("LATIN CAPITAL LETTER") else found["letter"].lower()
    if character in _OTHER_LATIN:
        return _OTHER_LATIN[character]
    form = _without_marks(unicodedata.normalize("NFKD", character))
    return form if character.isalpha() and form.isascii() and form.isalpha() else None


@cache
def alike(character: str) -> str | None:
    """The ASCII letter that a letter of another script, or a sign, looks like: known by itself or without its marks."""
    base = _without_marks(unicodedata.normalize("NFD", character))
    plain, _, mark = unicodedata.name(character, "").partition(" WITH ")
    forms = (character, base, unicodedata.lookup(plain) if mark and _exists(plain) else "")
    return next((_ALIKE[form] for form in forms if form in _ALIKE), None)


@cache
def turned(character: str) -> str | None:
    """The letter that a character is when it is stood on its head; None where it was made for standing upright."""
    name = unicodedata.name(character, "")
    return _TURNED.get(character) or (named(character) if "LETTER" in name and "TURNED" in name else None)


def _without_marks(text: str) -> str:
    return "".join(each for each in text if not unicodedata.combining(each))


def _exists(name: str) -> bool:
    try:
        return bool(unicodedata.lookup(name))
    except KeyError:
        return False


def _confusable() -> dict[str, str]:
    """From Unicode's table: what looks like one ASCII letter."""
    found = {}
    for character, others in confusables_data.items():
        plain = next((each["c"] for each in others if each["c"].isascii() and each["c"].isalpha()), "")
        if len(character) == 1 == len(plain) and not character.isascii():
            found[character] = plain
    return found


_ALIKE = _confusable() | _SIGNS | _GREEK | _CYRILLIC
REGIONAL = {chr(code): chr(code - 0x1F1E6 + ord("a")) for code in range(0x1F1E6, 0x1F200)}
"""Letters of which two make a flag."""
