"""Signatures: a receiver that knows the secret can tell that a body comes from here, and when it was sent."""

import hmac
from collections.abc import Sequence
from hashlib import sha256


def signature(secrets: Sequence[str], moment: int, body: bytes) -> str:
    """The header `Moddog-Signature` for a body sent at `moment`, in seconds since 1970.

    One `v1=` for each secret: while one replaces another, a receiver needs to know either.
    """
    signed = f"{moment}.".encode() + body
    marks = [hmac.new(secret.encode(), signed, sha256).hexdigest() for secret in secrets]
    return ",".join([f"t={moment}", *(f"v1={mark}" for mark in marks)])
