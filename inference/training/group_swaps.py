"""Other groups in place of those that a text mentions, so that no single group's name stands in for a label. Pure."""

import random
import re

from inference.finetuning.disguise import disguise

SWAPPED = 0.5  # the share of texts of nano and its teacher in which groups are swapped

# Within a kind, one term can stand where another stood. What is as often a plain word ("straight", "polish") is left
# out. `group_mentions.TERMS` is another list on purpose: what the model card measures stays the same.
KINDS: tuple[tuple[str, ...], ...] = (
    ("gay", "lesbian", "bisexual", "transgender", "trans", "queer", "homosexual"),
    ("gays", "lesbians", "bisexuals", "homosexuals", "transgenders", "queers"),
    ("muslim", "jewish", "christian", "catholic", "hindu", "buddhist", "sikh", "mormon", "protestant"),
    ("muslims", "jews", "christians", "catholics", "hindus", "buddhists", "sikhs", "mormons", "atheists"),
    ("islam", "judaism", "christianity", "hinduism", "buddhism", "catholicism"),
    ("jew", "muslim", "christian", "hindu", "catholic", "atheist"),
    ("black", "white", "asian", "african", "latino", "hispanic", "arab"),
    ("mexican", "chinese", "indian", "american", "african", "turkish", "nigerian", "japanese", "canadian"),
    ("blacks", "whites", "asians", "africans", "latinos", "arabs", "mexicans", "indians", "americans", "europeans"),
    ("woman", "man"),
    ("women", "men"),
    ("female", "male"),
    ("immigrant", "refugee", "foreigner", "migrant"),
    ("immigrants", "refugees", "foreigners", "migrants"),
    ("disabled", "deaf", "blind", "autistic", "elderly"),
)
_KIND = {term: kind for kind in reversed(KINDS) for term in kind}
_TERM = re.compile(rf"\b(?:{'|'.join(sorted(_KIND, key=len, reverse=True))})\b", re.IGNORECASE)


def swapped(text: str, draw: random.Random) -> str:
    """The text with each group it mentions replaced by one of the same kind.

    The same one wherever it stands, and two groups of a kind never by the same.
    """
    chosen: dict[tuple[str, ...], dict[str, str]] = {}

    def other(found: re.Match[str]) -> str:
        term = found.group().lower()
        kind = _KIND[term]
        if kind not in chosen:
            chosen[kind] = dict(zip(kind, draw.sample(kind, len(kind)), strict=True))
        return _cased(chosen[kind][term], found.group())

    return _TERM.sub(other, text)


def swapped_and_disguised(text: str, draw: random.Random) -> str:
    """The text disguised, in half of all cases with other groups in place of those that it mentions."""
    if draw.random() < SWAPPED:
        text = swapped(text, draw)
    return disguise(text, draw)


def _cased(term: str, like: str) -> str:
    if like.isupper():
        return term.upper()
    return term.capitalize() if like[0].isupper() else term
