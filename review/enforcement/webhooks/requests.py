"""A delivery as a request: body, signature and headers."""

from collections.abc import Sequence
from dataclasses import dataclass
from time import time
from typing import Any
from urllib.parse import urlsplit

from django.core.serializers.json import DjangoJSONEncoder
from django.utils import timezone

from review.enforcement.webhooks.bodies import bodies
from review.enforcement.webhooks.connections import Headers
from review.enforcement.webhooks.signing import signature
from review.models import Delivery, Endpoint

USER_AGENT = "moddog"
_encode = DjangoJSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


@dataclass(frozen=True)
class Request:
    """What is sent to `endpoint` for the delivery of this id."""

    delivery: Delivery
    endpoint: Endpoint
    body: bytes

    def headers(self) -> Headers:
        """The headers, signed now: a receiver refuses what was signed long ago."""
        secrets = self.endpoint.secrets_at(timezone.now())
        shown = {
            "Host": urlsplit(self.endpoint.url).netloc,
            "Content-Type": "application/json",
            "User-Agent": USER_AGENT,
            "Moddog-Event": self.delivery.event,
            "Moddog-Delivery": str(self.delivery.uid),
            "Moddog-Signature": signature(secrets, int(time()), self.body),
        }
        return [(name.encode(), value.encode()) for name, value in shown.items()]


def requests_for(deliveries: Sequence[Delivery], endpoints: dict[int, Endpoint]) -> list[Request]:
    """A request for each delivery, in order; `endpoints` has theirs by id."""
    made = zip(deliveries, bodies(deliveries), strict=True)
    return [Request(each, endpoints[each.endpoint_id], encoded(body)) for each, body in made]


def encoded(body: dict[str, Any]) -> bytes:
    return _encode(body).encode()
