"""What the page of a source's webhooks shows."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from review.enforcement.webhooks.dead_letters import dead_letters
from review.enforcement.webhooks.trial import Trial
from review.intake.sources.webhook_forms import EndpointForm
from review.models import Delivery, Endpoint, Source, User

MOST_ENDPOINTS = 20
MOST_LETTERS = 20
MANY = 10_000
"""Counts stop behind it."""


@dataclass(frozen=True)
class Shown:
    """An endpoint with what waits for it, what died, and the form that changes it."""

    endpoint: Endpoint
    form: EndpointForm
    waiting: int
    oldest: datetime | None
    dead: int
    letters: list[Delivery]
    trial: Trial | None


def context_of(
    source: Source,
    user: User,
    *,
    changed: tuple[int, EndpointForm] | None = None,
    tried: tuple[int, Trial] | None = None,
    **shown: Any,
) -> dict[str, Any]:
    """Everything on the page. `changed` and `tried` name the endpoint that a form or a test is of."""
    forms, trials = dict([changed] if changed else []), dict([tried] if tried else [])
    endpoints = Endpoint.objects.filter(source=source).order_by("pk")
    return {
        "here": "sources",
        "source": source,
        "endpoints": [
            _shown(
                each, forms.get(each.pk) or EndpointForm(user, instance=each, prefix=str(each.pk)), trials.get(each.pk)
            )
            for each in endpoints
        ],
        "new_form": EndpointForm(user, instance=Endpoint(source=source), prefix="new"),
        "changed": changed and changed[0],
        "most": MOST_LETTERS,
        **shown,
    }


def _shown(endpoint: Endpoint, form: EndpointForm, trial: Trial | None) -> Shown:
    waiting = Delivery.objects.filter(endpoint=endpoint, state=Delivery.State.WAITING)
    letters = dead_letters(endpoint)
    return Shown(
        endpoint=endpoint,
        form=form,
        waiting=waiting[: MANY + 1].count(),
        oldest=waiting.order_by("expires_at").values_list("created_at", flat=True).first(),
        dead=letters[: MANY + 1].count(),
        letters=list(letters[:MOST_LETTERS]),
        trial=trial,
    )
