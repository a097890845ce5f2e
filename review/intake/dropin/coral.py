"""Coral's external moderation phase: its signature, its comment as a message, a verdict as its answer. Pure.

Coral names no comment in what it sends, since a new one has no id yet; so the id that a comment gets here comes from
its author, story, parent and words, and the same comment sent again is a duplicate.
"""

import hashlib
import hmac
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Any

from review.intake.dropin.analysis import is_plain
from review.intake.dropin.judged_text import JudgedText
from review.models import Action, Category, Verdict

DOOR = "coral"
LONGEST = 100_000
LONGEST_ID = 200
ACTIONS = ("NEW", "EDIT")
REASONS = {
    Category.TOXICITY.value: ("OFFENSIVE", "toxic language"),
    Category.HARASSMENT.value: ("ABUSIVE", "harassment"),
    Category.HATE_SPEECH.value: ("ABUSIVE", "hate speech"),
    Category.SEXUAL_CONTENT.value: ("OFFENSIVE", "sexual content"),
    Category.VIOLENCE.value: ("ABUSIVE", "violence or threats"),
    Category.SPAM.value: ("SPAM", "spam"),
}
"""Category to Coral's code for a rejection, and to words for its explanation."""
TOXIC = {"actionType": "FLAG", "reason": "COMMENT_DETECTED_TOXIC"}
_MARKUP = re.compile(
    r"</?(?:a|b|blockquote|br|code|div|em|h[1-6]|i|img|li|ol|p|pre|s|span|strong|sub|sup|u|ul)\b[^<>]*>"
    r"|&(?:amp|lt|gt|quot|nbsp|#\d{1,6});",
    re.IGNORECASE,
)
_BREAKS = frozenset(("br", "div", "p", "li", "blockquote", "ul", "ol"))


class InvalidComment(ValueError):
    """The message says what is wrong, and quotes nothing."""


@dataclass(frozen=True)
class Comment:
    """A comment as Coral sends it, its markup taken off."""

    text: str
    author: str
    role: str
    story: str
    story_url: str
    site: str
    tenant: str
    parent: str
    action: str

    @property
    def id(self) -> str:
        words = "\0".join((self.tenant, self.story, self.author, self.parent, self.text))
        return f"coral/{self.story[:100]}/{hashlib.sha256(words.encode()).hexdigest()[:32]}"

    def fields(self) -> dict[str, Any]:
        """The other fields of the message. Of the parent Coral sends the id alone, so that is what is kept of it."""
        known = {"action": self.action, "parent": self.parent, "role": self.role, "story_url": self.story_url}
        return {
            "author": self.author,
            "channel": self.site,
            "thread": self.story,
            "metadata": {"coral": {name: value for name, value in known.items() if value}},
        }


def is_signed(body: bytes, header: str, secrets: Iterable[str]) -> bool:
    """Whether one of the signatures, of which there are several while Coral rotates its secret, is by one of ours."""
    given = [
        each.strip().removeprefix("sha256=") for each in header.split(",")[:10] if each.strip().startswith("sha256=")
    ]
    ours = [hmac.new(secret.encode(), body, hashlib.sha256).hexdigest() for secret in secrets]
    return any(hmac.compare_digest(one.encode(), other.encode()) for one in given for other in ours)


def comment_of(body: Mapping[str, Any]) -> Comment:
    """Read what Coral sends. Raises InvalidComment."""
    if body.get("action") not in ACTIONS:
        raise InvalidComment("action must be NEW or EDIT")
    words = _within(body, "comment", "body")
    text = without_tags(words)
    if not text:
        raise InvalidComment("comment.body must not be empty")
    if len(text) > LONGEST or not is_plain(text):
        raise InvalidComment(f"comment.body must be Unicode of up to {LONGEST:,} characters")
    named = [("author", "id"), ("author", "role"), ("story", "id"), ("story", "url"), ("site", "id")]
    author, role, story, url, site = (_within(body, *names)[:LONGEST_ID] for names in named)
    tenant, parent = str(body.get("tenantID") or "")[:LONGEST_ID], _within(body, "comment", "parentID")[:LONGEST_ID]
    if not all(is_plain(each) for each in (author, role, story, url, site, tenant, parent)):
        raise InvalidComment("Ids must be Unicode without NUL characters")
    return Comment(text, author, role, story, url, site, tenant, parent, str(body["action"]))


def answer(judged: JudgedText | None) -> dict[str, Any] | None:
    """What Coral does with the comment; None leaves it to Coral's other phases. Nothing known: a moderator looks."""
    if judged is None:
        return {"status": "PREMOD"}
    if judged.route == Action.ALLOW:
        return None
    flags = {"actions": [TOXIC]} if judged.why in (Verdict.Why.RUNG, Verdict.Why.SUPERVISED) else {}
    if judged.route == Action.REMOVE:
        code, words = REASONS[judged.triggered or judged.likeliest]
        explained = f"Held to be {words} by the moderation policy of this site, version {judged.policy}."
        reason = {"code": code, "detailedExplanation": explained}
        return {**flags, "status": "REJECTED", "moderationAction": {"status": "REJECTED", "rejectionReason": reason}}
    return {**flags, "status": "SYSTEM_WITHHELD" if judged.route == Action.HIDE else "PREMOD"}


def without_tags(markup: str) -> str:
    """The words of a comment that came as HTML; one that came as plain text stays as it is."""
    if not _MARKUP.search(markup):
        return markup.strip()
    words = _Words()
    words.feed(markup)
    words.close()
    return re.sub(r"\n{3,}", "\n\n", "".join(words.found)).strip()


class _Words(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _BREAKS:
            self.found.append("\n")

    def handle_data(self, data: str) -> None:
        self.found.append(data)


def _within(body: Mapping[str, Any], outer: str, inner: str) -> str:
    found = body.get(outer)
    value = found.get(inner) if isinstance(found, dict) else None
    if value is not None and not isinstance(value, str):
        raise InvalidComment(f"{outer}.{inner} must be a string")
    return value or ""
