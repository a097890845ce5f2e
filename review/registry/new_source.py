"""How a source begins: with its first policy, and on record."""

from django.db import transaction

from review.models import Source, User
from review.records import audit
from review.registry.first_policy import first_policy


@transaction.atomic
def begin(source: Source, by: User | None) -> Source:
    """Store a source that was checked, and what every source starts with."""
    source.save()
    first_policy(source)
    audit.record(by, "created source", source, source)
    return source
