"""Erases the authors that admins asked for on the page of a source: behind the page, since it may take minutes."""

from datetime import timedelta

from django.db.models import Q
from django.db.models.functions import Now

from review.erasure.authors import erase_author
from review.models import ErasureRequest
from review.records.sweeps import each_alone

LEASE = timedelta(minutes=15)
"""After that another worker goes on with what one left half done. Two that do the same at once do no harm."""


def carry_out() -> None:
    """Erase every author that was asked for and that no worker is at, the oldest request first."""
    due = ErasureRequest.objects.filter(_is_free()).select_related("source", "by").order_by("pk")
    each_alone("erasure", due, _carry_out)


def _carry_out(request: ErasureRequest) -> None:
    if ErasureRequest.objects.filter(_is_free(), pk=request.pk).update(lease_until=Now() + LEASE):
        erase_author(request.source, request.author, by=request.by)


def _is_free() -> Q:
    return Q(lease_until=None) | Q(lease_until__lte=Now())
