"""The signed link by which an author finds the reasons for one outcome, on a message or on them, and may object to it.

Whoever has the link needs no account. It names an outcome, and no other instance can make or read it: the signature is
by this one's secret key. It is the same each time, so that a platform may keep it.
"""

from functools import cache

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.urls import reverse

from review.models import AuthorOutcome, Outcome

_AUTHOR = "author-"


def _signer() -> Signer:
    return Signer(sep=".", salt="review.appeal")


def token_of(outcome: Outcome | AuthorOutcome) -> str:
    kind = _AUTHOR if isinstance(outcome, AuthorOutcome) else ""
    return _signer().sign(f"{kind}{outcome.pk}")


def url_of(outcome: Outcome | AuthorOutcome) -> str:
    """The absolute address of the outcome's public page."""
    return f"{settings.BASE_URL}{_path().format(token=token_of(outcome))}"


@cache
def _path() -> str:
    """Where the page of a token is, with a place for it: feeds make thousands, and `reverse` takes as long as a row."""
    return reverse("appeal", args=["token"]).replace("token", "{token}")


def named_in(token: str) -> tuple[type[Outcome] | type[AuthorOutcome], int] | None:
    """What kind of outcome `token` was made for, and its id; None where it was not made here."""
    try:
        named = _signer().unsign(token)
    except BadSignature:
        return None
    number = named.removeprefix(_AUTHOR)
    if not number.isdecimal():
        return None
    return (Outcome if number == named else AuthorOutcome), int(number)
