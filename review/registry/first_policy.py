"""What a new source starts with: nothing is taken away before it is certified to be right, or an admin says so."""

from typing import Any

from review.models import Policy, Source

LADDERS: dict[str, Any] = {
    "default": [
        {"at": 0.0, "action": "allow"},
        {"at": 0.2, "action": "review"},
        {"at": 0.9, "action": "hide", "supervised": True},
    ],
}
DEFAULT_ACTIONS = {"benign": "allow", "self_harm": "allow", "default": "remove"}
"""A decision of self-harm calls for care, not for removal: the message stays unless the moderator says otherwise."""
AUDIT_RATE = 0.05


def first_policy(source: Source) -> Policy:
    """Version 1 of a new source: clear cases are allowed, and nothing is taken away without a person."""
    policy, _ = Policy.objects.get_or_create(
        source=source,
        version=1,
        defaults={
            "ladders": LADDERS,
            "default_actions": DEFAULT_ACTIONS,
            "audit_rate": AUDIT_RATE,
            "note": "Where every source starts",
        },
    )
    return policy
