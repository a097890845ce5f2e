"""Messages of a source that would go another way under another policy: among the newest, a few to be shown."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.db.models import Exists, OuterRef

from inference.calibration.calibrators import Calibrator
from inference.categories import CATEGORIES
from review.models import Case, Message, Score, Source, Verdict
from review.models.sealing import sealed
from review.registry.ladder import Ladders, SetupKey
from review.registry.scoring_setup import ScoringSetup
from review.verdicts.margin_counts import ROUTED
from review.verdicts.rung_choice import take

RECENT = 2_000
"""Messages among which those are looked for that would change sides: few enough to answer while dragging."""
LOOKED_AT = 100_000
"""Scores of all sources among which they are looked for: a quiet source must not have the whole table read."""
SAMPLES = 8


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
    ways = zip(traffic, _ways(traffic, before, setup_key), _ways(traffic, after, setup_key), strict=True)
    return [Change(one.message, one.probability, old, new) for one, old, new in ways if old != new]


def samples(moved: Sequence[Change]) -> list[dict[str, Any]]:
    """A few of the messages that would go another way, spread over the whole list; none that is judged blind now."""
    chosen = moved[:: max(1, len(moved) // SAMPLES)][:SAMPLES]
    shown = Message.objects.exclude(memberships__case__in=Case.objects.filter(sealed()))
    texts = shown.in_bulk([change.message for change in chosen])
    return [{"change": change, "message": texts[change.message]} for change in chosen if change.message in texts]


def _ways(traffic: Sequence[Judged], ladders: Ladders, setup_key: SetupKey) -> list[str]:
    found = [""] * len(traffic)
    for category in {one.category for one in traffic}:
        places = [place for place, one in enumerate(traffic) if one.category == category]
        there = [traffic[place] for place in places]
        taken = take(ladders.of(category), [one.probability for one in there], [one.margin for one in there], setup_key)
        for place, action, supervised in zip(places, taken.actions, taken.supervised.tolist(), strict=True):
            found[place] = "people" if supervised else action
    return found
