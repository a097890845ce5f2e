"""A circuit for each endpoint: a receiver that fails again and again is left alone, and tried with one request.

It costs others nothing, and what waits for it loses no attempts meanwhile.
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import timedelta

from django.db import transaction
from django.db.models import Case, F, Value, When
from django.db.models.functions import Now

from review.enforcement.webhooks.leases import End, Sent
from review.models import Endpoint

OPENS_AFTER = 5  # failures in a row
OPEN_FOR = timedelta(seconds=30)


@transaction.atomic
def note(sent: Iterable[Sent]) -> set[int]:
    """Count what failed in a row; returns the endpoints (ids) whose circuit is open now."""
    failed: dict[int, int] = defaultdict(int)
    errors: dict[int, str] = {}
    taken: set[int] = set()
    for each in sent:
        if each.end == End.DELIVERED:
            taken.add(each.endpoint)
        elif each.end == End.FAILED:
            failed[each.endpoint] += 1
            errors[each.endpoint] = each.error
    Endpoint.objects.filter(pk__in=taken, failures__gt=0).update(failures=0, open_until=None)
    for endpoint in sorted(failed.keys() - taken):
        Endpoint.objects.filter(pk=endpoint).update(
            failures=F("failures") + failed[endpoint],
            last_error=errors[endpoint],
            open_until=Case(
                When(failures__gte=OPENS_AFTER - failed[endpoint], then=Now() + Value(OPEN_FOR)), default=None
            ),
        )
    opened = Endpoint.objects.filter(pk__in=failed, open_until__gt=Now())
    return set(opened.values_list("pk", flat=True))


def room_of(endpoint: Endpoint, held: int, most: int) -> int:
    """How many further deliveries a process that holds so many of this endpoint's may lease; `most` is for all.

    After the circuit was open, one alone: it shows whether the receiver is back.
    """
    if endpoint.paused_at or endpoint.is_open:
        return 0
    return max(0, (1 if endpoint.failures >= OPENS_AFTER else most) - held)
