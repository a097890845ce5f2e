"""What a policy would do to recent traffic, from counts of margins and blind labels. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from inference.reliability.curves import wilson
from review.registry.ladder import ACTING, ACTIONS, ALLOW, REVIEW, Ladder, Ladders, SetupKey
from review.verdicts.rung_choice import Taken, take

Array = NDArray[np.float64]
Bins = NDArray[np.int64]
NEIGHBOURHOOD = 32
"""Bins, one unit of margin, within which a label says something of a message."""


@dataclass(frozen=True)
class Scale:
    """The middle margin of each bin, and its probability in one source under the calibrator in force for a setup.

    `probabilities` are those of each likeliest violation, as routing reads them. `pooled` are those with the source's
    offset and no category's.
    """

    margins: Array
    probabilities: Mapping[str, Array]
    pooled: Array
    setup_key: SetupKey

    def of(self, ladder: str) -> Array:
        """The probabilities at which a ladder's margins are shown."""
        # On the common ladder one margin stands for messages of several categories, each with a probability of its own:
        # so it is shown at none of theirs.
        return self.probabilities.get(ladder, self.pooled)


@dataclass(frozen=True)
class LabelHistogram:
    """Cohort labels of one category by bin: how many, their weights 1/rate summed, squared, and times violation."""

    labels: Array
    weight: Array
    squared: Array
    violating: Array

    def where(self, bins: NDArray[np.bool_]) -> "LabelHistogram":
        return LabelHistogram(self.labels[bins], self.weight[bins], self.squared[bins], self.violating[bins])


@dataclass(frozen=True)
class Sample:
    """Recent traffic: for each category messages and cohort labels by bin. `unrouted` goes to people anyway."""

    counts: Mapping[str, Bins]
    unrouted: int
    label_histograms: Mapping[str, LabelHistogram]


@dataclass(frozen=True)
class Estimate:
    """A share in [0, 1] with its 95 % interval, and the labels it rests on. Never made from none."""

    share: float
    low: float
    high: float
    labels: int


@dataclass(frozen=True)
class Effect:
    """What a policy does to the traffic: messages by action, those that people see, and how often it is wrong.

    `seen` are messages for people: under review, supervised, or drawn. `wrong` is the benign share of what is hidden or
    removed, `missed` the violating share of what is allowed: None where nobody judged any of it blind. `unknown` is
    the share of what is hidden or removed that lies further than one unit of margin from any such label. `supervised`
    messages are those that people look at first, `doubtful` the benign share of them.
    """

    actions: dict[str, int]
    seen: float
    supervised: int
    wrong: Estimate | None
    missed: Estimate | None
    unknown: float
    doubtful: Estimate | None

    @property
    def total(self) -> int:
        return sum(self.actions.values())

    @property
    def acted(self) -> int:
        return sum(self.actions[action] for action in ACTING)

    def share(self, action: str) -> float:
        """Share of the traffic in [0, 1] that takes `action`; 0 without traffic."""
        return self.actions[action] / self.total if self.total else 0.0


def effect(sample: Sample, ladders: Ladders, scale: Scale, audit_rate: float) -> Effect:
    """What `ladders` would do to the sample; `audit_rate` is judged blind where a rung names no rate."""
    actions = dict.fromkeys(ACTIONS, 0)
    seen, far, supervised = float(sample.unrouted), 0, 0
    acted, allowed, doubtful = [], [], []
    for name, bins in sample.counts.items():
        way, label_histograms = course(ladders.of(name), scale, name), sample.label_histograms[name]
        for index, action in enumerate(ACTIONS):
            actions[action] += int(bins[way.action == index].sum())
        seen += float(bins @ np.where(way.action == ACTIONS.index(REVIEW), 1.0, way.rates(audit_rate)))
        acts = way.action > ACTIONS.index(REVIEW)
        acted.append(label_histograms.where(acts))
        allowed.append(label_histograms.where(way.action == ACTIONS.index(ALLOW)))
        doubtful.append(label_histograms.where(way.supervised))
        supervised += int(bins[way.supervised].sum())
        far += int(bins[acts & ~_near(label_histograms.labels)].sum())
    actions[REVIEW] += sample.unrouted
    acting = sum(actions[action] for action in ACTING)
    return Effect(
        actions=actions,
        seen=seen,
        supervised=supervised,
        wrong=_benign(acted),
        missed=_violating(allowed),
        unknown=far / acting if acting else 0.0,
        doubtful=_benign(doubtful),
    )


def course(ladder: Ladder, scale: Scale, category: str) -> Taken:
    """What `ladder` does to a category's messages at every bin of the scale."""
    return take(ladder, scale.probabilities[category], scale.margins, scale.setup_key)


def _near(labels: Array) -> NDArray[np.bool_]:
    """Bins with a label within one unit of margin."""
    behind = np.concatenate([np.zeros(1), np.cumsum(labels)])
    ends = np.arange(len(labels))
    low = np.maximum(0, ends - NEIGHBOURHOOD)
    high = np.minimum(len(labels), ends + NEIGHBOURHOOD + 1)
    return np.asarray(behind[high] > behind[low], dtype=bool)


def _violating(parts: list[LabelHistogram]) -> Estimate | None:
    weight, squared = _sum(parts, "weight"), _sum(parts, "squared")
    if not weight:
        return None
    share = min(1.0, _sum(parts, "violating") / weight)
    low, high = wilson(share, weight**2 / squared)
    return Estimate(share, low, high, int(_sum(parts, "labels")))


def _benign(parts: list[LabelHistogram]) -> Estimate | None:
    found = _violating(parts)
    return found and Estimate(1.0 - found.share, 1.0 - found.high, 1.0 - found.low, found.labels)


def _sum(parts: list[LabelHistogram], column: str) -> float:
    return float(sum(getattr(part, column).sum() for part in parts))
