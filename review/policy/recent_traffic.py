"""The recent traffic of a source, read with the calibrator in force, and the pace at which people work through it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from statistics import median
from typing import Any

import numpy as np
from django.db.models import Count, Exists, F, OuterRef
from django.utils import timezone

from inference.calibration.calibrators import Calibrator
from inference.categories import CATEGORIES
from review.models import Case, CaseMember, Message, Score, Source, Verdict
from review.models.sealing import sealed
from review.registry.ladder import Ladders, SetupKey
from review.registry.scoring_setup import ScoringSetup
from review.verdicts.margin_counts import ROUTED

RECENT = 2_000
"""Messages among which those are looked for that would change sides: few enough to answer while dragging."""
LOOKED_AT = 100_000
"""Scores of all sources among which they are looked for: a quiet source must not have the whole table read."""
SAMPLES = 8
CASES = 1_000
DECIDED = 200
LONGEST = timedelta(minutes=30)
"""A case that was held for longer lay beside somebody who did something else."""


@dataclass(frozen=True)
class Judged:
    """A judged message: its margin, its probability (0 to 1) and its likeliest violation."""

    message: int
    margin: float
    probability: float
    category: str


@dataclass(frozen=True)
class Change:
    """A message that would go another way: the actions before and after, `people` where they look first."""

    message: int
    probability: float
    before: str
    after: str


@dataclass(frozen=True)
class Pace:
    """How many messages share a case, and how long people take for one; None where nothing was decided yet."""

    messages_a_case: float
    seconds: float | None

    def cases(self, messages: float) -> float:
        return messages / self.messages_a_case

    def hours(self, messages: float) -> float | None:
        return None if self.seconds is None else self.cases(messages) * self.seconds / 3600


def recent(source: Source, setup: ScoringSetup, probability: Calibrator) -> list[Judged]:
    """The newest messages of the source to which ladders apply, newest first."""
    newest = Score.objects.order_by("-id").values_list("id", flat=True).first() or 0
    scores = Score.objects.filter(
        Exists(Verdict.objects.filter(score=OuterRef("pk"), why__in=ROUTED)),
        message__source=source,
        model=setup.model,
        rubric=setup.rubric,
        id__gt=newest - LOOKED_AT,
    )
    rows = list(scores.order_by("-id").values_list("message_id", "margin", "category_log_probs")[:RECENT])
    if not rows:
        return []
    likeliest = np.argmax([categories for _, _, categories in rows], axis=1).tolist()
    names = [CATEGORIES[index] for index in likeliest]
    margins = [margin for _, margin, _ in rows]
    probabilities = probability.predict(margins, names, [str(source.pk)] * len(rows)).tolist()
    return [
        Judged(message, margin, p, CATEGORIES[index])
        for (message, margin, _), p, index in zip(rows, probabilities, likeliest, strict=True)
    ]


def changes(traffic: Sequence[Judged], before: Ladders, after: Ladders, setup_key: SetupKey) -> list[Change]:
    """Those that would go another way, in their order. Pure."""
    ways = ((one, _way(one, before, setup_key), _way(one, after, setup_key)) for one in traffic)
    return [Change(one.message, one.probability, old, new) for one, old, new in ways if old != new]


def samples(moved: Sequence[Change]) -> list[dict[str, Any]]:
    """A few of the messages that would go another way, spread over the whole list; none that is judged blind now."""
    chosen = moved[:: max(1, len(moved) // SAMPLES)][:SAMPLES]
    shown = Message.objects.exclude(memberships__case__in=Case.objects.filter(sealed()))
    texts = shown.in_bulk([change.message for change in chosen])
    return [{"change": change, "message": texts[change.message]} for change in chosen if change.message in texts]


def pace(source: Source) -> Pace:
    """From the newest cases: 1 message a case where there are none."""
    newest = Case.objects.filter(source=source).order_by("-pk").values("pk")[:CASES]
    members = CaseMember.objects.filter(case__in=newest).aggregate(all=Count("pk"), cases=Count("case", distinct=True))
    decided = Case.objects.filter(
        source=source, state=Case.State.DECIDED, claimed_at__lt=F("decided_at"), decided_at__lt=timezone.now()
    )
    times = decided.order_by("-decided_at", "id").values_list("claimed_at", "decided_at")[:DECIDED]
    spent = [(end - start).total_seconds() for start, end in times if end - start <= LONGEST]
    return Pace(members["all"] / members["cases"] if members["all"] else 1.0, median(spent) if spent else None)


def _way(one: Judged, ladders: Ladders, setup_key: SetupKey) -> str:
    taken = ladders.of(one.category).take(one.probability, one.margin, setup_key)
    return "people" if taken.supervised else taken.action
