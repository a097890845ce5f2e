"""The policy in force, and new versions of it."""

from typing import Any

from django.db import transaction

from review.insight import audit
from review.models import Policy, Source, User
from review.policy import ladder
from review.policy.defaults import first_policy


def policy_of(source: Source) -> Policy:
    """The newest version of the source's policy; the first one is made where there is none."""
    return Policy.objects.filter(source=source).order_by("-version").first() or first_policy(source)


@transaction.atomic
def new_version(
    source: Source,
    user: User | None,
    *,
    ladders: dict[str, Any],
    audit_rate: float,
    note: str = "",
    based_on: Policy | None = None,
) -> Policy:
    """Put a new version in force. Raises InvalidLadder where the ladders make no sense."""
    ladder.parse(ladders)
    Source.objects.select_for_update().get(pk=source.pk)
    before = policy_of(source)
    policy = Policy.objects.create(
        source=source,
        version=before.version + 1,
        ladders=ladders,
        rulings=(based_on or before).rulings,
        audit_rate=audit_rate,
        note=note,
        based_on=based_on or before,
        created_by=user,
    )
    audit.record(user, "changed policy", policy, source, version=policy.version, based_on=policy.based_on_id)
    return policy
