"""What languages are called: Django's names, and those that it has none for."""

from django.conf.locale import LANG_INFO

from inference.scoring.language import UNKNOWN

OTHERS = {
    "am": "Amharic",
    "arz": "Egyptian Arabic",
    "ceb": "Cebuano",
    "ckb": "Central Kurdish",
    "gu": "Gujarati",
    "he": "Hebrew",
    "ht": "Haitian Creole",
    "ilo": "Ilocano",
    "jv": "Javanese",
    "ku": "Kurdish",
    "la": "Latin",
    "lo": "Lao",
    "mg": "Malagasy",
    "mt": "Maltese",
    "no": "Norwegian",
    "or": "Odia",
    "ps": "Pashto",
    "rm": "Romansh",
    "sd": "Sindhi",
    "si": "Sinhala",
    "so": "Somali",
    "su": "Sundanese",
    "tl": "Tagalog",
    "war": "Waray",
    "yi": "Yiddish",
    "yo": "Yoruba",
    "zh": "Chinese",
}
NAMES = OTHERS | {code: each["name"] for code, each in LANG_INFO.items() if "name" in each and "-" not in code}
"""By ISO 639 code, in English."""
CHOICES = sorted(NAMES.items(), key=lambda pair: pair[1])


def code_of(name: str) -> str:
    """The code of a language by its name or code, in any case. Raises KeyError where there is none."""
    asked = name.strip().lower()
    return asked if asked in NAMES else {called.lower(): code for code, called in NAMES.items()}[asked]


def language_name(code: str) -> str:
    """In English; the code itself in capitals where it has no name here, and empty where nothing was told."""
    return "" if code in ("", UNKNOWN) else NAMES.get(code, code.upper())
