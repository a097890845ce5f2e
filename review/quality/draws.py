"""Random draws that come out the same however often they are made: a keyed hash of a row's id."""

import hashlib

from django.conf import settings


def place_of(purpose: str, pk: int) -> float:
    """The row's place from 0 up to 1: below a rate, it is among a random share of that. Nobody without `SECRET_KEY` can
    tell it beforehand.
    """
    key = hashlib.blake2b(settings.SECRET_KEY.encode(), person=b"quality").digest()
    keyed = hashlib.blake2b(f"{purpose}:{pk}".encode(), key=key, digest_size=8)
    return int.from_bytes(keyed.digest()) / 2.0**64


def is_drawn(purpose: str, pk: int, rate: float) -> bool:
    """Whether the row is among a random share of `rate`, 0 to 1."""
    return place_of(purpose, pk) < rate
