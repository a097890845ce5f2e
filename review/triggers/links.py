"""Finds links to listed domains and to whatever lies below them. Pure."""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence

from django.utils.translation import gettext

from review.triggers.folding import Folded, fold
from review.triggers.phrases import Found

HOST = re.compile(r"(?<![\w-])[\w-]++(?:\.[\w-]++)+")
DOTS = str.maketrans({"\u3002": "."})  # folding leaves this one full stop, which browsers take for a dot
SURROUNDINGS = re.compile(r"^(?:[a-z][a-z0-9+.-]*://)?(?:[^/@]*@)?(?:\*\.)?(?:www\.)?|[:/?#].*$", re.DOTALL)


class InvalidDomain(ValueError):
    """The message says what is wrong, for the person who wrote it."""


class Links:
    """A list of domains."""

    def __init__(self, domains: Sequence[tuple[int, str]]) -> None:
        """`domains` are pairs of a place and what is written there."""
        self._places: dict[str, list[int]] = defaultdict(list)
        for place, written in domains:
            self._places[domain_of(written)].append(place)

    def find(self, folded: Folded) -> Iterator[Found]:
        """Where hosts on the list, or below a domain on it, stand in the original text."""
        text = folded.text.translate(DOTS)
        for host in HOST.finditer(text) if "." in text else ():
            labels = _plain(host.group()).split(".")
            for first in range(len(labels) - 1):
                for place in self._places.get(".".join(labels[first:]), ()):
                    yield (place, *folded.original(*host.span()))


def domain_of(written: str) -> str:
    """The domain in what somebody wrote, which may be a whole address. Raises InvalidDomain."""
    folded = SURROUNDINGS.sub("", fold(written.strip()).text.translate(DOTS))
    if not HOST.fullmatch(folded):
        raise InvalidDomain(
            gettext("“%(written)s” is no domain: write one such as example.org.") % {"written": written[:80]}
        )
    return _plain(folded)


def _plain(host: str) -> str:
    """The host with letters in place of their ASCII form, so that both spellings of a name are one."""
    if "xn--" not in host:
        return host
    return ".".join(_letters(label) for label in host.split("."))


def _letters(label: str) -> str:
    if not label.startswith("xn--"):
        return label
    try:
        return fold(label[4:].encode().decode("punycode")).text
    except UnicodeError:
        return label
