"""Everything beside the score that a verdict names, read once for a batch. The one loader of this package."""

from collections.abc import Sequence
from dataclasses import dataclass

from inference.calibration.calibrators import Calibrator, from_json
from review.models import CalibratorVersion, Message, Policy, Source
from review.registry.calibrators import active_calibrator
from review.registry.certificates import ladders_in_force
from review.registry.ladder import Ladders
from review.registry.policy_versions import policy_of
from review.registry.scoring_setup import ScoringSetup


@dataclass(frozen=True)
class EvaluationContext:
    """The scoring setup, its calibrator in force (the row and the function; None: uncalibrated), and each policy."""

    setup: ScoringSetup
    version: CalibratorVersion | None
    calibrator: Calibrator | None
    policies: dict[int, tuple[Policy, Ladders]]


def load_context(setup: ScoringSetup, messages: Sequence[Message]) -> EvaluationContext:
    """The calibrator in force, and the policy of each source among the messages."""
    version = active_calibrator(setup.model, setup.rubric)
    policies = {}
    for source in Source.objects.filter(pk__in={message.source_id for message in messages}):
        policy = policy_of(source)
        policies[source.pk] = (policy, ladders_in_force(policy))
    return EvaluationContext(setup, version, from_json(version.parameters) if version else None, policies)
