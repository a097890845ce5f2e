"""What a proposed policy would do to the last 30 days, beside the one in force."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from inference.categories import CATEGORIES
from review.models import Source
from review.policy.label_histograms import label_histograms
from review.policy.moderator_pace import Pace, pace
from review.policy.rerouted_messages import Change, changes, recent
from review.policy.whatif import Effect, Sample, Scale, effect
from review.registry.calibrators import active_calibrator, read
from review.registry.ladder import ACTIONS, Ladders
from review.registry.scoring_setup import ScoringSetup
from review.verdicts.margin_counts import CENTRES, Counts, counts


@dataclass(frozen=True)
class Proposal:
    """Ladders and the share of all messages that is judged blind where a rung names none."""

    ladders: Ladders
    audit_rate: float


@dataclass(frozen=True)
class Preview:
    """Both policies' effects on `days` days of traffic, the load they make, and some messages that change sides."""

    days: int
    before: Effect
    after: Effect
    pace: Pace
    looked_at: int
    changes: list[Change]

    @property
    def rows(self) -> list[dict[str, Any]]:
        """A row for each action, mildest first."""
        return [
            {
                "action": action,
                "before": self.before.actions[action],
                "after": self.after.actions[action],
                "moved": self.before.actions[action] != self.after.actions[action],
                "share": self.after.share(action),
            }
            for action in ACTIONS
        ]

    def a_day(self, effect: Effect) -> dict[str, float | None]:
        """Cases a day for people, and their hours; hours None where nobody has decided a case yet."""
        messages = effect.seen / self.days
        return {"cases": self.pace.cases(messages), "hours": self.pace.hours(messages)}

    @property
    def load(self) -> dict[str, dict[str, float | None]]:
        return {"before": self.a_day(self.before), "after": self.a_day(self.after)}

    @property
    def wrong_a_week(self) -> float | None:
        """Benign messages that would be hidden or removed in a week."""
        found = self.after.wrong
        return found.share * self.after.acted * 7 / self.days if found else None

    @property
    def missed_a_week(self) -> float | None:
        """Violations that would be allowed in a week."""
        found = self.after.missed
        return found.share * self.after.actions["allow"] * 7 / self.days if found else None


def scale_of(source: Source, setup: ScoringSetup | None) -> Scale | None:
    """The bins' probabilities in the source under the calibrator in force; None while there is none."""
    calibrator = active_calibrator(setup.model, setup.rubric) if setup else None
    if setup is None or calibrator is None:
        return None
    function, sources = read(calibrator), [str(source.pk)] * len(CENTRES)
    each = {name: function.predict(CENTRES, [name] * len(CENTRES), sources) for name in CATEGORIES}
    return Scale(CENTRES, each, function.predict(CENTRES, sources=sources), setup.key)


def preview(source: Source, setup: ScoringSetup, scale: Scale, before: Proposal, after: Proposal) -> Preview:
    """Both proposals on the source's traffic under the setup."""
    counted = counts(source, setup.model, setup.rubric)
    calibrator = active_calibrator(setup.model, setup.rubric)
    newest = recent(source, setup, read(calibrator)) if calibrator else []
    sample = Sample(counted.by_category, counted.unrouted, label_histograms(source, setup))
    moved = changes(newest, before.ladders, after.ladders, scale.setup_key)
    return Preview(
        days=counted.days,
        before=effect(sample, before.ladders, scale, before.audit_rate),
        after=effect(sample, after.ladders, scale, after.audit_rate),
        pace=pace(source),
        looked_at=len(newest),
        changes=moved,
    )


def bins_for_page(counted: Counts, scale: Scale) -> dict[str, Any]:
    """The counts as the page computes with them while a rung is dragged: only bins that hold something.

    A column of counts and one of probabilities for each category that has messages; `pooled` places the common ladder.
    """
    held = np.flatnonzero(np.sum(list(counted.by_category.values()), axis=0))
    counts = {name: bins[held].tolist() for name, bins in counted.by_category.items() if bins.any()}
    return {
        "margins": scale.margins[held].round(6).tolist(),
        "pooled": scale.pooled[held].round(6).tolist(),
        "probabilities": {name: scale.probabilities[name][held].round(6).tolist() for name in counts},
        "counts": counts,
        "unrouted": counted.unrouted,
        "days": counted.days,
    }
