"""The signed link by which an author finds the reasons for one outcome, and may object to it.

Whoever has the link needs no account. It names an outcome, and no other instance can make or read it: the signature is
by this one's secret key. It is the same each time, so that a platform may keep it.
"""

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.urls import reverse

from review.models import Outcome


def _signer() -> Signer:
    return Signer(sep=".", salt="review.appeal")


def token_of(outcome: Outcome) -> str:
    return _signer().sign(str(outcome.pk))


def url_of(outcome: Outcome) -> str:
    """The absolute address of the outcome's public page."""
    return f"{settings.BASE_URL}{reverse('appeal', args=[token_of(outcome)])}"


def outcome_id_in(token: str) -> int | None:
    """The id of the outcome that `token` was made for; None where it was not made here."""
    try:
        named = _signer().unsign(token)
    except BadSignature:
        return None
    return int(named) if named.isdecimal() else None
