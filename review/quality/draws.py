"""Random draws that come out the same however often they are made: a keyed hash of a row's id."""

import hashlib

from django.conf import settings


def is_drawn(purpose: str, pk: int, rate: float) -> bool:
    """Whether the row is among a random share of `rate`, 0 to 1. Nobody without `SECRET_KEY` can tell beforehand."""
    key = hashlib.blake2b(settings.SECRET_KEY.encode(), person=b"quality").digest()
    keyed = hashlib.blake2b(f"{purpose}:{pk}".encode(), key=key, digest_size=8)
    return int.from_bytes(keyed.digest()) / 2.0**64 < rate
