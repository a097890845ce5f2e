"""What an instance admin does first, and which of it is done: each step is read from what is there."""

from dataclasses import dataclass

from django.utils import timezone
from django.utils.translation import gettext

from review.models import ApiToken, Label, Message, OneTimeLink, Policy, Source, User

CURL = """curl -s '{address}/api/v1/messages?wait=5' \\
  -H 'Authorization: Bearer {key}' \\
  -H 'Content-Type: application/json' \\
  -d '{{"id": "hello-1", "text": "good game everyone", "author": "kestrel"}}'"""
NO_KEY = "md_YOUR_TOKEN"


@dataclass(frozen=True)
class Step:
    """One step: `name` says which part of the page it is."""

    name: str
    title: str
    is_done: bool


def steps() -> list[Step]:
    """All of them, in order."""
    people = User.objects.filter(is_active=True).order_by()[:2].count()
    asked = OneTimeLink.objects.filter(
        purpose=OneTimeLink.Purpose.INVITATION, ended_at=None, expires_at__gt=timezone.now()
    )
    return [
        Step("account", gettext("Make yourself an account"), True),
        Step("community", gettext("Name a community"), Source.objects.exists()),
        Step("token", gettext("Get a token for it"), ApiToken.objects.filter(revoked_at=None).exists()),
        Step("message", gettext("Send a first message, and see it arrive"), Message.objects.exists()),
        Step("colleague", gettext("Invite a colleague"), people > 1 or asked.exists()),
        Step("thresholds", gettext("Choose the thresholds"), Policy.objects.filter(version__gt=1).exists()),
        Step("labels", gettext("Import labels, or decide a few cases"), Label.objects.exists()),
    ]


def curl(address: str, key: str = NO_KEY) -> str:
    """The lines that send a first message. Neither value has a quote in it."""
    return CURL.format(address=address, key=key)
