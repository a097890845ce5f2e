"""Making a cascade of two versions: which may come first, and the scale on which the second speaks."""

import logging
from collections.abc import Iterator
from typing import TYPE_CHECKING

from django.db.models import Exists, OuterRef
from django.utils import timezone

from inference.calibration.cascade_scale import Rows, fit_scale
from inference.reliability.curves import scaled_to_effective
from review.calibration.labels import Labels, usable
from review.judging.results import score_row
from review.judging.scoring_inputs import texts_for
from review.models import Cascade, Label, Message, ModelVersion, Score
from review.registry.scoring_setup import ScoringSetup

if TYPE_CHECKING:
    from inference.scoring.text_score import Scorer

log = logging.getLogger(__name__)

MOST = 1_000
"""Labelled messages that the second model reads for the scale, the newest: more hardly move a line. Those outside the
band are among them, since the page of the cascade shows what other bands would do."""
BATCH = 16


def first_at(location: str) -> ModelVersion | None:
    """The version at a place that may come first: the one that judges, or else the newest registered."""
    alone = ModelVersion.objects.filter(location=location, earlier_messages=0, cascade=None)
    return alone.order_by("-is_active", "-pk").first()


def newest_of(first: ModelVersion, second: ModelVersion, low: float, high: float) -> ModelVersion | None:
    """The newest cascade of two versions and a band, whatever its scale."""
    known = Cascade.objects.filter(first=first, second=second, low=low, high=high, model__earlier_messages=0)
    cascade = known.select_related("model").order_by("-pk").first()
    return cascade.model if cascade else None


def unread(first: ScoringSetup, second: ScoringSetup) -> list[int]:
    """Of the newest MOST labelled messages that the first has scored, those that the second has not."""
    own = Score.objects.filter(message=OuterRef("message"), model=first.model, rubric=first.rubric, windows=1)
    labels = Label.objects.filter(Exists(own)).order_by("-pk").values_list("message", flat=True)
    newest = list(dict.fromkeys(labels[:MOST]))
    read = Score.objects.filter(message__in=newest, model=second.model, rubric=second.rubric)
    known = set(read.values_list("message", flat=True))
    return [message for message in newest if message not in known]


def read_labelled(scorer: "Scorer", second: ScoringSetup, messages: list[int]) -> Iterator[int]:
    """Score messages with the second model and keep that, as its shadow would; yields how many at a time.

    A batch that it cannot read is left out.
    """
    for start in range(0, len(messages), BATCH):
        rows = list(Message.objects.filter(pk__in=messages[start : start + BATCH]).exclude(text=""))
        try:
            scores = scorer.score(texts_for(second.model, rows))
        except Exception:
            log.exception("%s could not score messages %s", second.model, messages[start : start + BATCH])
            continue
        kept = [score_row(second, message, score) for message, score in zip(rows, scores, strict=True)]
        Score.objects.bulk_create(kept, ignore_conflicts=True)
        yield len(kept)


def scale(first: ScoringSetup, second: ScoringSetup, low: float, high: float) -> tuple[float, float, int]:
    """Slope and offset for the second's margins, and on how many labels within the band. Raises CannotFit."""
    at = timezone.now()
    own = usable(first.model, first.rubric, at)
    beside = usable(first.model, first.rubric, at, beside=second)
    other = usable(second.model, second.rubric, at, beside=first)
    inside = (beside.margin >= low) & (beside.margin <= high)
    slope, offset = fit_scale(_rows(own), _rows(other.where(inside)))
    return slope, offset, int(inside.sum())


def _rows(labels: Labels) -> Rows:
    return labels.margin, labels.violation, scaled_to_effective(labels.fit_weights)
