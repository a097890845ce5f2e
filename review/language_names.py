"""What languages are called: Django's names, and those that it has none for."""

from functools import cache

from django.conf.locale import LANG_INFO
from django.utils.translation import get_language, gettext, gettext_noop

from inference.scoring.language import UNKNOWN

OTHERS = {
    "am": gettext_noop("Amharic"),
    "arz": gettext_noop("Egyptian Arabic"),
    "ceb": gettext_noop("Cebuano"),
    "ckb": gettext_noop("Central Kurdish"),
    "gu": gettext_noop("Gujarati"),
    "he": gettext_noop("Hebrew"),
    "ht": gettext_noop("Haitian Creole"),
    "ilo": gettext_noop("Ilocano"),
    "jv": gettext_noop("Javanese"),
    "ku": gettext_noop("Kurdish"),
    "la": gettext_noop("Latin"),
    "lo": gettext_noop("Lao"),
    "mg": gettext_noop("Malagasy"),
    "mt": gettext_noop("Maltese"),
    "nb": gettext_noop("Norwegian Bokmal"),
    "no": gettext_noop("Norwegian"),
    "or": gettext_noop("Odia"),
    "ps": gettext_noop("Pashto"),
    "rm": gettext_noop("Romansh"),
    "sd": gettext_noop("Sindhi"),
    "si": gettext_noop("Sinhala"),
    "so": gettext_noop("Somali"),
    "su": gettext_noop("Sundanese"),
    "tl": gettext_noop("Tagalog"),
    "war": gettext_noop("Waray"),
    "yi": gettext_noop("Yiddish"),
    "yo": gettext_noop("Yoruba"),
    "zh": gettext_noop("Chinese"),
}
NAMES = OTHERS | {code: each["name"] for code, each in LANG_INFO.items() if "name" in each and "-" not in code}
"""By ISO 639 code, in English, which are also the words that Django and we translate."""


def choices() -> list[tuple[str, str]]:
    """Codes with their names as the reader calls them, by name."""
    return _choices(get_language() or "")


@cache
def _choices(language: str) -> list[tuple[str, str]]:
    return sorted(((code, gettext(name)) for code, name in NAMES.items()), key=lambda pair: pair[1])


def code_of(name: str) -> str:
    """The code of a language by its code, its English name or the reader's, in any case. Raises KeyError for others."""
    asked = name.strip().lower()
    english = {called.lower(): code for code, called in NAMES.items()}
    return asked if asked in NAMES else (english | {called.lower(): code for code, called in choices()})[asked]


def language_name(code: str) -> str:
    """As the reader calls it; the code in capitals where it has no name here, and empty where nothing was told."""
    if code in ("", UNKNOWN):
        return ""
    return gettext(NAMES[code]) if code in NAMES else code.upper()
