"""Everything beside the score that a verdict names, found for a batch by one query. The one loader of this package.

Policies and calibrators are never changed once they are written: each is read and parsed once a process, and a batch
asks only which are in force. The times of their making are asked for too, since a restored database may give another
row the same id.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache

from django.db import connection

from inference.calibration.calibrator_json import from_json
from inference.calibration.calibrators import Calibrator
from review.models import CalibratorVersion, Message, Policy, Source
from review.registry.certificates import as_held
from review.registry.first_policy import first_policy
from review.registry.ladder import Ladders, parse
from review.registry.scoring_setup import ScoringSetup

KEPT = 1_000  # policies, and calibrators: many more than are in force at once

# One row at least: the calibrator is asked for where there are no messages, too.
_IN_FORCE = """
SELECT s.id, s.judges_other_languages, p.id, p.created_at, t.id, c.id, c.created_at
  FROM (SELECT) AS always
  LEFT JOIN (SELECT c.id, c.created_at FROM review_calibratoractivation a
               JOIN review_calibratorversion c ON c.id = a.calibrator_id
              WHERE c.model_id = %(model)s AND c.rubric_id = %(rubric)s ORDER BY a.id DESC LIMIT 1) c ON true
  LEFT JOIN review_source s ON s.id = ANY(%(sources)s)
  LEFT JOIN LATERAL (SELECT id, created_at FROM review_policy
                      WHERE source_id = s.id ORDER BY version DESC LIMIT 1) p ON true
  LEFT JOIN LATERAL (SELECT id FROM review_triggerset WHERE source_id = s.id ORDER BY version DESC LIMIT 1) t ON true
"""


@dataclass(frozen=True)
class EvaluationContext:
    """The scoring setup, its calibrator in force (the row and the function; None: uncalibrated), and each policy.

    `any_language` are the sources that have texts judged in whatever language they are. `triggers` is by source (ids)
    the version (its id) of the triggers in force, where there is one.
    """

    setup: ScoringSetup
    version: CalibratorVersion | None
    calibrator: Calibrator | None
    policies: dict[int, tuple[Policy, Ladders]]
    any_language: frozenset[int] = frozenset()
    triggers: dict[int, int] = field(default_factory=dict)


def load_context(setup: ScoringSetup, messages: Sequence[Message]) -> EvaluationContext:
    """The calibrator in force, and the policy of each source among the messages."""
    sources = sorted({message.source_id for message in messages})
    with connection.cursor() as cursor:
        cursor.execute(_IN_FORCE, {"model": setup.model.pk, "rubric": setup.rubric.pk, "sources": sources})
        rows = cursor.fetchall()
    *_, calibrator, made = rows[0]
    version, function = _calibrator(calibrator, made) if calibrator else (None, None)
    stored = {
        source: _policy(policy, made) if policy else _first(source)
        for source, _, policy, made, *_ in rows
        if source is not None
    }
    held = as_held([ladders for _, ladders in stored.values()])
    return EvaluationContext(
        setup,
        version,
        function,
        {source: (policy, now) for (source, (policy, _)), now in zip(stored.items(), held, strict=True)},
        frozenset(source for source, judges_other_languages, *_ in rows if judges_other_languages),
        {source: triggers for source, _, _, _, triggers, *_ in rows if triggers},
    )


@lru_cache(KEPT)
def _policy(pk: int, _made: datetime) -> tuple[Policy, Ladders]:
    policy = Policy.objects.get(pk=pk)
    return policy, parse(policy.ladders)


@lru_cache(KEPT)
def _calibrator(pk: int, _made: datetime) -> tuple[CalibratorVersion, Calibrator]:
    version = CalibratorVersion.objects.get(pk=pk)
    return version, from_json(version.parameters)


def _first(source: int) -> tuple[Policy, Ladders]:
    policy = first_policy(Source.objects.get(pk=source))
    return policy, parse(policy.ladders)
