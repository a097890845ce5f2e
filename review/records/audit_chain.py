"""The audit log as a chain: each entry's digest covers what it says and the digest before, so none changes unseen.

Entries are sealed a few seconds after they are committed, by beat, and not as they are written: a chain that writers
extend makes each wait for the commit of the one before, and the desk's decisions are among them. Under one lock a
number is given only to what everybody can see, so what commits late stands later in the chain, and nowhere else.

The digest is keyed with the instance's secret key: who can write to the database alone cannot make a chain that fits.
What was cut off at the end is missed only by who noted the last digest: `verifyaudit` prints it, and takes it back.
"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass

from django.conf import settings
from django.db import connection, transaction

from review.models import AuditEntry, AuditSeal

LOCK = 0x617564697473  # of this database, for whoever seals
CHUNK = 2_000
"""Entries in one transaction: some tens of milliseconds."""
BEFORE_ALL = bytes(32)


@dataclass(frozen=True)
class Verified:
    """What a walk along the chain found. `broken` is the first entry that does not fit, with `why`; 0 where none."""

    entries: int
    unsealed: int
    head: bytes
    broken: int = 0
    why: str = ""
    has_noted: bool = True


@transaction.atomic
def seal() -> int:
    """Seal up to CHUNK entries in order of id; returns how many. 0 also while somebody else seals."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [LOCK])
        if not cursor.fetchone()[0]:
            return 0
    last = AuditSeal.objects.filter(seq__isnull=False).order_by("-seq").values_list("seq", "digest").first()
    seq, digest = (last[0] or 0, bytes(last[1] or b"")) if last else (0, BEFORE_ALL)
    waiting = list(AuditSeal.objects.filter(seq=None).select_related("entry").order_by("entry")[:CHUNK])
    sealed = []
    for number, row in enumerate(waiting, seq + 1):
        digest = _digest(digest, number, row.entry)
        sealed.append((number, digest, row.entry_id))
    with connection.cursor() as cursor:
        cursor.executemany("UPDATE review_auditseal SET seq = %s, digest = %s WHERE entry_id = %s", sealed)
    return len(sealed)


def verify(noted: bytes = b"") -> Verified:
    """Walk the whole chain, in chunks; `noted` is a digest of an earlier walk that must be in it."""
    seq, digest, has_noted = 0, BEFORE_ALL, not noted
    unsealed = AuditSeal.objects.filter(seq=None).count()
    for row in _sealed():
        number = seq + 1
        if row.seq != number:
            return Verified(seq, unsealed, digest, row.entry_id, f"number {number} of the chain is missing before it")
        found = _digest(digest, number, row.entry)
        if bytes(row.digest or b"") != found:
            return Verified(
                seq, unsealed, digest, row.entry_id, "it does not say what was sealed, or one before is gone"
            )
        seq, digest = number, found
        has_noted = has_noted or digest == noted
    stray = AuditEntry.objects.filter(seal=None).order_by("pk").values_list("pk", flat=True).first()
    if stray:
        return Verified(seq, unsealed, digest, stray, "it was written past the chain")
    return Verified(seq, unsealed, digest, has_noted=has_noted)


def _sealed() -> Iterator[AuditSeal]:
    """By number, a chunk a query: no transaction is open meanwhile."""
    after = -(2**63)  # also before numbers that nobody should have written
    while rows := list(AuditSeal.objects.filter(seq__gt=after).select_related("entry").order_by("seq")[:CHUNK]):
        yield from rows
        after = rows[-1].seq or 0


def _digest(before: bytes, seq: int, entry: AuditEntry) -> bytes:
    says = [seq, entry.pk, entry.created_at.isoformat(), entry.actor_id, entry.source_id]
    says += [entry.verb, entry.target, entry.target_id, entry.details]
    text = json.dumps(says, sort_keys=True, separators=(",", ":"))
    key = hashlib.blake2b(settings.SECRET_KEY.encode(), person=b"audit").digest()
    return hashlib.blake2b(before + text.encode(), key=key, digest_size=32).digest()
