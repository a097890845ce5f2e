"""The audit log: who changed what. Ids, field names and settings only, never text or author."""

from collections.abc import Mapping
from typing import Any

from django.db.models import Model

from review.models import AuditEntry, Source, User


def record(actor: User | None, verb: str, target: Model, source: Source | None = None, **details: Any) -> AuditEntry:
    """Write one entry; call it in the transaction that makes the change.

    `changes`, where it is among the details, is what `changed` found.
    """
    return AuditEntry.objects.create(
        actor=actor,
        verb=verb,
        target=target._meta.model_name or "",
        target_id=target.pk,
        source=source,
        details=details,
    )


def changed(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, list[Any]]:
    """The fields of `after` that had another value before, each with both values. They must be fit for JSON."""
    return {name: [before.get(name), value] for name, value in after.items() if before.get(name) != value}
