"""Which model is best for us: every candidate beside the model that judges, on stored scores and the team's labels.

The figures take seconds, so a worker works them out and keeps them; a page shows the last ones meanwhile.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import numpy as np
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone
from django.utils.translation import gettext

from inference.evaluation.evaluate import Scored
from inference.evaluation.side_by_side import side_by_side
from inference.evaluation.table import COMPARED, cases
from inference.reliability.curves import effective_size
from review.broker import DEFAULT_QUEUE, nudge
from review.calibration.gate import LEAST_COHORT
from review.calibration.labels import Labels, usable
from review.models import ModelComparison, ModelVersion, Score
from review.records.sweeps import note_failure
from review.registry.scoring_setup import ScoringSetup

RISK = 0.05
"""The most that may be wrong of what is removed, and of what is allowed, where models are compared."""
FRESH_FOR = timedelta(minutes=10)
SHOWN = {key: COMPARED[key] for key in ("auroc", "log_loss", "coverage")}
TASK = "review.candidates.tasks.compare_models"


@dataclass(frozen=True)
class CandidateComparison:
    """A candidate's figures; `data` is None until they were worked out once."""

    model: ModelVersion
    data: Mapping[str, Any] | None
    is_waited_for: bool

    @property
    def line(self) -> str:
        """What an admin wants to know, in one sentence; empty where the labels are too few to say it."""
        if not (self.data and self.data.get("certified")):
            return ""
        return cases({"model": self.model.name, **self.data["candidate"]}, self.data["risk"])

    @property
    def rows(self) -> list[tuple[str, float | None, float | None, Mapping[str, Any] | None]]:
        """For each figure its words, the value of the model that judges, the candidate's, and the difference."""
        if not (self.data and "candidate" in self.data):
            return []
        base, own = self.data["active"], self.data["candidate"]
        return [(gettext(words), base[key], own[key], own["differences"].get(key)) for key, words in SHOWN.items()]


def comparisons(active: ScoringSetup) -> list[CandidateComparison]:
    """Each candidate that has scored anything, the newest first; figures that are out of date are asked for anew."""
    rows = [_row(model, active) for model in _candidates(active)]
    if any(row.wanted_at for row in rows):
        nudge(TASK, DEFAULT_QUEUE)
    return [CandidateComparison(row.model, row.data, row.wanted_at is not None) for row in rows]


def compare_wanted() -> int:
    """Work out whatever somebody waits for, the longest wait first; returns how many."""
    done = 0
    while row := ModelComparison.objects.exclude(wanted_at=None).order_by("wanted_at", "pk").first():
        at = timezone.now()
        try:
            row.data = compared(ScoringSetup(row.model, row.rubric), ScoringSetup(row.beside, row.rubric))
        except Exception:
            note_failure("model comparison", row)  # whoever opens the page later asks anew
        row.computed_at, row.wanted_at = at, None
        row.save(update_fields=["data", "computed_at", "wanted_at"])
        done += 1
    return done


def compared(candidate: ScoringSetup, active: ScoringSetup) -> dict[str, Any]:
    """Both on the cohort labels that count for both, ready for JSON.

    `labels` is how many; `active` and `candidate` are the figures of `side_by_side`, absent where the labels are too
    few to say anything, `needed` how many it takes.
    """
    at = timezone.now()
    mine = _sample(usable(candidate.model, candidate.rubric, at, beside=active))
    theirs = _sample(usable(active.model, active.rubric, at, beside=candidate))
    found: dict[str, Any] = {"labels": len(mine), "needed": LEAST_COHORT, "risk": RISK}
    both_kinds = len(np.unique(mine.violation)) == 2
    if not both_kinds or effective_size(1.0 / mine.rate) < LEAST_COHORT:
        return found
    base, other = side_by_side([_scored(theirs), _scored(mine)], rates=mine.rate, risk=RISK)
    certified = min(base["to_people"], other["to_people"]) < 1.0
    return found | {"active": base, "candidate": other, "certified": certified}


def _candidates(active: ScoringSetup) -> QuerySet[ModelVersion]:
    scored = Score.objects.filter(model=OuterRef("pk"), rubric=active.rubric)
    return ModelVersion.objects.filter(Exists(scored), is_active=False).order_by("-pk")


def _row(model: ModelVersion, active: ScoringSetup) -> ModelComparison:
    comparisons = ModelComparison.objects.select_related("model")
    row, _ = comparisons.get_or_create(model=model, beside=active.model, rubric=active.rubric)
    is_old = row.computed_at is None or row.computed_at < timezone.now() - FRESH_FOR
    if row.wanted_at is None and is_old:
        row.wanted_at = timezone.now()
        ModelComparison.objects.filter(pk=row.pk, wanted_at=None).update(wanted_at=row.wanted_at)
    return row


def _sample(labels: Labels) -> Labels:
    """The cohort's labels, one for each text."""
    cohort = labels.where(labels.in_cohort)
    firsts = np.zeros(len(cohort), dtype=bool)
    firsts[np.unique(cohort.text, return_index=True)[1]] = True
    return cohort.where(firsts)


def _scored(labels: Labels) -> Scored:
    """As an evaluation reads them: what shares an author or a text is on one side, and drawn together."""
    groups = [str(group) for group in labels.group]
    return Scored(groups, labels.margin, labels.violation, [None] * len(labels), labels.source_names.tolist())
