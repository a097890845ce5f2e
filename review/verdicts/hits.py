"""What the triggers of a source say of a message, as far as its route depends on it."""

from dataclasses import dataclass

from review.models import Trigger


@dataclass(frozen=True)
class Hit:
    """The trigger that decides, or None. `failed`: they could not be matched, so nothing may be decided alone."""

    trigger: Trigger | None = None
    failed: bool = False


NO_HIT = Hit()
