"""A request to `comments:analyze`, checked: what it asks for, in this API's own terms. Pure."""

import math
import re
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Any

from inference.scoring.verdict_format import MANY
from review.intake.dropin.google_errors import Refusal, invalid

LONGEST_BYTES = 20_480
MOST_ATTRIBUTES = 100
ENGLISH = "en"
_WORD = re.compile(r"[A-Za-z0-9_@.\-]{1,100}")


@dataclass(frozen=True)
class Attribute:
    """An attribute as it was asked for; without a score below `threshold`."""

    name: str
    threshold: float = 0.0


@dataclass(frozen=True)
class Analysis:
    """What one request asks for. `languages` is empty where it names none."""

    text: str
    attributes: Sequence[Attribute]
    languages: Sequence[str]
    do_not_store: bool
    spans: bool
    drop_unsupported: bool
    client_token: str | None
    context: Sequence[str]

    def is_in(self, read: Set[str]) -> bool:
        """Whether it names a language among these codes, or MANY is; one that names none asks for any."""
        return not self.languages or MANY in read or any(each.lower().split("-")[0] in read for each in self.languages)


def analysis_of(body: Mapping[str, Any]) -> Analysis:
    """Read the body of a request. Raises Refusal with the error of that API."""
    return Analysis(
        text=text_of(body),
        attributes=_attributes(body.get("requestedAttributes")),
        languages=languages_of(body),
        do_not_store=bool_of(body, "doNotStore"),
        spans=bool_of(body, "spanAnnotations"),
        drop_unsupported=bool_of(body, "dropUnsupportedAttributes"),
        client_token=client_token_of(body),
        context=context_of(body),
    )


def text_of(body: Mapping[str, Any]) -> str:
    """The comment. Raises Refusal where there is none, or more of it than the API takes."""
    comment = body.get("comment")
    text = comment.get("text") if isinstance(comment, dict) else None
    if text is not None and not isinstance(text, str):
        raise invalid("comment.text must be a string")
    if not text or not text.strip():
        raise Refusal(400, "Comment must be non-empty.", "COMMENT_EMPTY")
    if not is_plain(text):
        raise invalid("comment.text must be Unicode without NUL characters and lone surrogates")
    if len(text.encode()) > LONGEST_BYTES:
        raise Refusal(400, f"Comment text was too many bytes (maximum: {LONGEST_BYTES}).", "COMMENT_TOO_LONG")
    return text


def languages_of(body: Mapping[str, Any]) -> list[str]:
    """The languages that are named, as a list or as one string."""
    found = body.get("languages")
    if found is None or found == "":
        return []
    named = [found] if isinstance(found, str) else found
    if not isinstance(named, list) or not all(_is_word(each) for each in named) or len(named) > MOST_ATTRIBUTES:
        raise invalid("languages must be a list of language codes")
    return named


def client_token_of(body: Mapping[str, Any]) -> str | None:
    token = body.get("clientToken")
    if token is not None and not (isinstance(token, str) and len(token) <= 1_000 and is_plain(token)):
        raise invalid("clientToken must be a string of up to 1,000 characters")
    return token


def context_of(body: Mapping[str, Any]) -> list[str]:
    """The texts of the context's entries; what is none is passed over, as nothing is made of it."""
    context = body.get("context")
    entries = context.get("entries") if isinstance(context, dict) else None
    texts = [each.get("text") for each in entries if isinstance(each, dict)] if isinstance(entries, list) else []
    return [each for each in texts if isinstance(each, str) and each.strip() and is_plain(each)]


def bool_of(body: Mapping[str, Any], name: str) -> bool:
    value = body.get(name, False)
    if value in (None, "false"):
        return False
    if value == "true":
        return True
    if not isinstance(value, bool):
        raise invalid(f"{name} must be true or false")
    return value


def number_of(value: object, name: str) -> float:
    """A number in [0, 1]; that API also takes it as a string."""
    try:
        number = float(value) if isinstance(value, int | float | str) and not isinstance(value, bool) else math.nan
    except (ValueError, OverflowError):
        number = math.nan
    if not 0 <= number <= 1:
        raise invalid(f"{name} must be a number from 0 to 1")
    return number


def is_plain(text: str) -> bool:
    """Whether a text can be stored: no NUL, and no half of a character."""
    return "\0" not in text and not any("\ud800" <= char <= "\udfff" for char in text)


def _attributes(asked: object) -> list[Attribute]:
    if asked is not None and not isinstance(asked, dict):
        raise invalid("requestedAttributes must be an object")
    if not asked:
        raise Refusal(400, "No requested attributes.", "NO_REQUESTED_ATTRIBUTES")
    if len(asked) > MOST_ATTRIBUTES:
        raise invalid(f"requestedAttributes may name up to {MOST_ATTRIBUTES}")
    return [_attribute(name, requested) for name, requested in asked.items()]


def _attribute(name: object, requested: object) -> Attribute:
    if not _is_word(name):
        raise invalid("requestedAttributes names what is no attribute")
    requested = {} if requested is None else requested
    if not isinstance(requested, dict):
        raise invalid("What is asked of an attribute must be an object")
    kind = requested.get("scoreType") or "PROBABILITY"
    if not isinstance(kind, str) or kind.upper() not in ("PROBABILITY", "SCORE_TYPE_UNSPECIFIED"):
        raise invalid("scoreType must be PROBABILITY")
    threshold = requested.get("scoreThreshold")
    return Attribute(str(name), 0.0 if threshold is None else number_of(threshold, "scoreThreshold"))


def _is_word(value: object) -> bool:
    """Names are echoed, in answers and in what the source's page shows, so they are names and nothing else."""
    return isinstance(value, str) and _WORD.fullmatch(value) is not None
