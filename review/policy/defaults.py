"""What a new source starts with. The shipped calibrator is provisional, so removal stays with people at first."""

from typing import Any

from review.models import Policy, Source

LADDERS: dict[str, Any] = {
    "default": [
        {"at": 0.0, "action": "allow"},
        {"at": 0.2, "action": "review"},
        {"at": 0.9, "action": "hide"},
    ],
}
RULINGS = {"benign": "allow", "self_harm": "allow", "default": "remove"}
"""A ruling of self-harm calls for care, not for removal: the message stays unless the moderator says otherwise."""
AUDIT_RATE = 0.05


def first_policy(source: Source) -> Policy:
    """Version 1 of a new source: clear cases are allowed, hardly anything is removed without a person."""
    policy, _ = Policy.objects.get_or_create(
        source=source,
        version=1,
        defaults={
            "ladders": LADDERS,
            "rulings": RULINGS,
            "audit_rate": AUDIT_RATE,
            "note": "Where every source starts",
        },
    )
    return policy
