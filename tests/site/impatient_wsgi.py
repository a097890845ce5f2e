"""The web process with little patience for slow bodies, and few places: what ends by that alone ends sooner."""

from threading import BoundedSemaphore

from moddog_site import slow_bodies

slow_bodies.PATIENCE = 5.0
slow_bodies._slow_places = BoundedSemaphore(8)
from moddog_site.wsgi import application  # noqa: E402 - it reads bodies, so patience is set before

__all__ = ["application"]
