"""Every page in German: each sentence of ours comes from the translated words.

What was translated stands between brackets here, so that what is left outside of them is data: names, texts, figures.
"""

import re
from html.parser import HTMLParser

import pytest
from django.test import Client
from django.utils import timezone
from django.utils.translation.trans_real import DjangoTranslation

from review.desk import claims
from review.desk.recording import record_decision
from review.models import Case
from tests.rows import make_case, make_message, make_source, make_verdict
from tests.site.test_reach import MAY, address, people, values  # noqa: F401 - fixtures

pytestmark = pytest.mark.django_db
OPEN, SHUT = "⟦", "⟧"
GERMAN = {"Accept-Language": "de"}
ATTRIBUTES = {"aria-label", "aria-description", "aria-valuetext", "title", "placeholder", "alt", "data-label"}
DATA = {"script", "style", "svg", "code", "pre", "kbd", "bdi", "textarea"}
"""Elements in which nobody is spoken to, and those that hold what others wrote."""
VOID = {"area", "base", "br", "col", "hr", "img", "input", "link", "meta", "source", "wbr"}
WORDS = re.compile(r"[A-Za-z][A-Za-z'’-]*(?:[ ,;:]+[A-Za-z][A-Za-z'’-]*)+|[A-Za-z]{3,}")
NAMES = {
    *("arcade", "library", "no personal attacks", "first", "a token", "beta", "curl", "kestrel", "ffffffff"),
    *("dana", "erin", "gus", "mia", "root", "sam"),
    *("moddog", "nano", "platt", "platt, for a test", "venn", "abers", "osmod", "python, requests", "csv", "utc"),
    *("english", "deutsch"),
    *("read", "role", "moderator", "senior", "invited", "onetimelink", "strike"),
}
"""What is called so in this community, and in every language; and what is stored as programs read it: scopes, the audit
log, a reason that only the fixture writes so.
"""
ACCOUNT = ("/accounts/password/change/", "/accounts/2fa/", "/accounts/sessions/")
OF_NOBODY = ("/accounts/login/", "/accounts/password/reset/")


class Outside(HTMLParser):
    """The words of a page that stand in no brackets, in `found`."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._depth, self._hidden = 0, [False]

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        is_data = tag in DATA or given.get("dir") == "auto" or given.get("translate") == "no"
        if not (self._hidden[-1] or is_data):
            self.found += [_outside(words or "", 0)[0] for name, words in attrs if name in ATTRIBUTES]
        if tag not in VOID:
            self._hidden.append(self._hidden[-1] or is_data)

    def handle_endtag(self, tag):
        if tag not in VOID and len(self._hidden) > 1:
            self._hidden.pop()

    def handle_data(self, data):
        words, self._depth = _outside(data, self._depth)
        if not self._hidden[-1]:
            self.found.append(words)


def _outside(text: str, depth: int) -> tuple[str, int]:
    kept = []
    for sign in text:
        if sign == SHUT:
            depth -= 1
        elif sign == OPEN:
            depth += 1
            kept.append("|")
        elif not depth:
            kept.append(sign)
    return "".join(kept), depth


def english(html: str) -> list[str]:
    """The sentences of a page that were not translated."""
    read = Outside()
    read.feed(html)
    return [found[0] for words in read.found for found in WORDS.finditer(" ".join(words.split()))]


@pytest.fixture(autouse=True)
def bracketed(monkeypatch):
    """What a German word was found for stands between brackets."""

    def known(method, has):
        def say(self, *arguments):
            said = method(self, *arguments)
            return f"{OPEN}{said}{SHUT}" if said and self.language() == "de" and has(self, *arguments) else said

        return say

    def has_one(self, words):
        return self._catalog.get(words) is not None

    def has_many(self, one, many, number):
        try:
            return bool(self._catalog.plural(one, number))
        except KeyError:
            return False

    monkeypatch.setattr(DjangoTranslation, "gettext", known(DjangoTranslation.gettext, has_one))
    monkeypatch.setattr(DjangoTranslation, "ngettext", known(DjangoTranslation.ngettext, has_many))


@pytest.fixture
def community(people):  # noqa: F811
    """Talk of the arcade: what waits, and what was decided."""
    arcade = make_source()
    for number in range(8):
        message = make_message(arcade, f"words of number {number}", author="kestrel", thread="late")
        verdict = make_verdict(message, number / 8, number / 2 - 2)
        made = make_case(arcade, message, verdict=verdict, priority=-number, blind=number % 5 == 1)
        if number % 3 == 0:
            Case.objects.filter(pk=made.pk).update(state=Case.State.DECIDED, decided_at=timezone.now())
            record_decision(made, people["senior"], "toxicity", made_at=message.sent_at, effective_at=message.sent_at)


def test_a_sentence_that_is_not_translated_is_found():
    assert english(f"<p>{OPEN}Fälle von <b>mia</b>, die{SHUT} 12 h <bdi>in the arcade now</bdi></p>") == []
    assert english(f"<p>{OPEN}Fälle{SHUT} that nobody took</p>") == ["that nobody took"]
    assert english('<img alt="a chart of them" /><p>of it all</p>') == ["a chart of them", "of it all"]


@pytest.mark.parametrize("role", ["signed out", "moderator", "senior", "instance admin"])
def test_no_page_speaks_english_to_who_reads_german(role, community, people, values):  # noqa: F811
    client, found, read = Client(headers=GERMAN), [], 0
    if people[role]:
        client.force_login(people[role])
        claims.take_next(people[role])
    paths = [address(name, values) for name, who in MAY.items() if role in who]
    for path in [*paths, *(ACCOUNT if people[role] else OF_NOBODY)]:
        answer = client.get(path)
        if not answer.headers.get("Content-Type", "").startswith("text/html"):
            continue
        read += answer.status_code == 200
        found += [f"{path}: {words}" for words in english(answer.content.decode()) if words.lower() not in NAMES]
    assert read >= {"signed out": 2, "moderator": 10, "senior": 15, "instance admin": 30}[role]
    assert not found, "\n".join(sorted(set(found)))
