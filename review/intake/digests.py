"""Keyed digests: of a text, to tell a repeat from a conflict, and of a text's day, for its one random draw.

Both keys derive from `SECRET_KEY`, each for its own purpose, so neither value can be guessed from outside or
computed from the other. With another `SECRET_KEY` a re-sent message looks like a conflict.
"""

import hashlib
from collections.abc import Iterable
from datetime import date
from functools import lru_cache

from django.conf import settings

DIGEST_BYTES = 16
DRAW_BITS = 53  # what a double holds exactly, so that the quotient stays below 1


def text_digest(text: str) -> bytes:
    """16 bytes that stand for `text` after it was erased. Raises UnicodeEncodeError on lone surrogates."""
    keyed = _keyed("text", settings.SECRET_KEY).copy()
    keyed.update(text.encode())
    return keyed.digest()


def draw(source_id: int, digest: bytes, day: date) -> float:
    """The random number in [0, 1) that a text draws on the day it comes in; all its copies of that day share it.

    So a text is in the cohort as a whole or not at all, however often it is repeated. `digest` is its `text_digest`.
    """
    keyed = _keyed("draw", settings.SECRET_KEY).copy()
    keyed.update(f"{source_id}:{day.isoformat()}:".encode() + digest)
    return (int.from_bytes(keyed.digest()[:8]) >> (64 - DRAW_BITS)) / 2.0**DRAW_BITS


def digests_and_draws(source_id: int, texts: Iterable[str], day: date) -> list[tuple[bytes, float]]:
    """`text_digest` and `draw` of each text, in one pass."""
    of_text, of_draw = _keyed("text", settings.SECRET_KEY), _keyed("draw", settings.SECRET_KEY).copy()
    of_draw.update(f"{source_id}:{day.isoformat()}:".encode())
    found = []
    for text in texts:
        keyed = of_text.copy()
        keyed.update(text.encode())
        digest = keyed.digest()
        keyed = of_draw.copy()
        keyed.update(digest)
        found.append((digest, (int.from_bytes(keyed.digest()[:8]) >> (64 - DRAW_BITS)) / 2.0**DRAW_BITS))
    return found


@lru_cache(maxsize=8)
def _keyed(purpose: str, secret: str) -> "hashlib.blake2b":
    key = hashlib.blake2b(secret.encode(), person=purpose.encode()).digest()
    return hashlib.blake2b(key=key, digest_size=DIGEST_BYTES)
