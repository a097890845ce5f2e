"""Everything beside the score that a verdict names, read once for a batch. The one loader of this package."""

from collections.abc import Sequence
from dataclasses import dataclass

from inference.calibration.calibrator_json import from_json
from inference.calibration.calibrators import Calibrator
from review.models import CalibratorVersion, Message, Policy, Source
from review.registry.calibrators import active_calibrator
from review.registry.certificates import ladders_in_force
from review.registry.ladder import Ladders
from review.registry.policy_versions import policy_of
from review.registry.scoring_setup import ScoringSetup


@dataclass(frozen=True)
class EvaluationContext:
    """The scoring setup, its calibrator in force (the row and the function; None: uncalibrated), and each policy.

    `any_language` are the sources that have texts judged in whatever language they are.
    """

    setup: ScoringSetup
    version: CalibratorVersion | None
    calibrator: Calibrator | None
    policies: dict[int, tuple[Policy, Ladders]]
    any_language: frozenset[int] = frozenset()


def load_context(setup: ScoringSetup, messages: Sequence[Message]) -> EvaluationContext:
    """The calibrator in force, and the policy of each source among the messages."""
    version = active_calibrator(setup.model, setup.rubric)
    policies = {}
    sources = list(Source.objects.filter(pk__in={message.source_id for message in messages}))
    for source in sources:
        policy = policy_of(source)
        policies[source.pk] = (policy, ladders_in_force(policy))
    any_language = frozenset(source.pk for source in sources if source.judges_other_languages)
    calibrator = from_json(version.parameters) if version else None
    return EvaluationContext(setup, version, calibrator, policies, any_language)
