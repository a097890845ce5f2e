"""What another number of earlier messages in the prompt would mean, said before anybody switches to it."""

from dataclasses import dataclass

from review.models import CalibratorVersion
from review.registry.calibrators import active_calibrator
from review.registry.in_context import known_in_context
from review.registry.scoring_setup import active_setup


@dataclass(frozen=True)
class ContextChange:
    """The form of prompt that a policy would choose, and the calibrator in force for it: None sends all to people."""

    earlier_messages: int
    calibrator: CalibratorVersion | None


def context_change(earlier_messages: int) -> ContextChange:
    """The change to so many earlier messages. Registers nothing."""
    active = active_setup()
    setup = known_in_context(active, earlier_messages) if active else None
    return ContextChange(earlier_messages, active_calibrator(setup.model, setup.rubric) if setup else None)
