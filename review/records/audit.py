"""The audit log: who changed what. Ids and field names only, never text or author."""

from typing import Any

from django.db.models import Model

from review.models import AuditEntry, Source, User


def record(actor: User | None, verb: str, target: Model, source: Source | None = None, **details: Any) -> AuditEntry:
    """Write one entry; call it in the transaction that makes the change."""
    return AuditEntry.objects.create(
        actor=actor,
        verb=verb,
        target=target._meta.model_name or "",
        target_id=target.pk,
        source=source,
        details=details,
    )
