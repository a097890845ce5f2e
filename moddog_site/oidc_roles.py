"""What is done once somebody has signed in: groups of the single sign-on become roles."""

from __future__ import annotations

from typing import Any

from allauth.account.signals import user_logged_in
from django.conf import settings
from django.dispatch import receiver

from review.models import User
from review.people.groups import Given, follow


@receiver(user_logged_in)
def follow_groups(sender: object, user: User, sociallogin: Any = None, **_: object) -> None:
    """Give and take the roles that the provider's groups stand for; nothing where the map names none."""
    oidc = settings.VARIABLES.oidc
    if sociallogin is None or oidc is None or not oidc.roles:
        return
    groups = groups_in(sociallogin.account.extra_data, oidc.groups_claim)
    follow(user, [Given(each.role, each.source) for each in oidc.roles if each.group in groups])


def groups_in(data: dict[str, Any], claim: str) -> set[str]:
    """The groups that the provider names, in what it says of the person or in its token: a list, or a single one."""
    found: set[str] = set()
    for part in (data, data.get("userinfo"), data.get("id_token")):
        value = part.get(claim) if isinstance(part, dict) else None
        found |= {value} if isinstance(value, str) else {str(each) for each in value or () if isinstance(value, list)}
    return found
