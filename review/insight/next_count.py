"""When beat counts next: for the minutes in which there are no figures yet, as after the first start."""

from datetime import datetime, timedelta

from django.utils import timezone

from review.records import heartbeats

EVERY = timedelta(minutes=1)


def next_count() -> datetime | None:
    """The minute by which the figures are there; None where no default worker is alive to count them."""
    if not heartbeats.alive("default").exists():
        return None
    by = timezone.now() + EVERY
    return by.replace(second=0, microsecond=0) + EVERY
