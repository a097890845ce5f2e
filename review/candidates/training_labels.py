"""What reviewers decided, as something to be taught: each text once, with how sure and how united people were.

A decision counts from its `effective_at` on, unless it was undone; of one person's decisions on a text the newest. Of
several people's, the share that saw a violation becomes a soft target. An even split teaches nothing and is left out,
and the nearer to one, the less a text weighs. Spam and self-harm are outside what the model detects.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from inference.categories import CATEGORIES
from inference.scoring.normalise import normalised
from review.calibration.labels import LARGEST_WEIGHT, OUTSIDE, PAGE, independent
from review.models import Label, Source

ALIKE = -1  # in place of a source: what stands beside it is no author but what a text is once it is normalised
DOUBT = 0.05  # pseudo-decisions of each kind: one decision of a violation is a target of 0.95, three are 0.98


@dataclass(frozen=True)
class Decision:
    """One label: whose it is, what it says, and of which text by which author."""

    label: int
    digest: bytes
    text: str
    author: tuple[int, str]
    reviewer: int
    category: str
    rate: float | None

    @property
    def violation(self) -> bool:
        return self.category != "benign"

    @property
    def weight(self) -> float:
        """1/rate in the cohort, never above ten of the others, whose selection has no probability."""
        return 1.0 if self.rate is None else min(1.0 / self.rate, LARGEST_WEIGHT)


@dataclass(frozen=True)
class Taught:
    """A text with its target (the probability of a violation), weight, and likeliest violation if it has one.

    `group` joins texts that share an author or are read alike, directly or through others; `labels` are the rows of
    the text.
    """

    text: str
    target: float
    weight: float
    category: str | None
    source: str
    group: int
    labels: tuple[int, ...]


@dataclass(frozen=True)
class TrainingLabels:
    """Texts to teach, and how many were left out because of an even split, or as spam and self-harm."""

    taught: list[Taught] = field(default_factory=list)
    split: int = 0
    outside: int = 0


def training_labels(at: datetime, source: Source | None = None) -> TrainingLabels:
    """What counts at `at`, of one source or of all, in the order of the texts' first labels."""
    by_text: dict[bytes, dict[int, Decision]] = defaultdict(dict)
    outside = 0
    slugs: dict[bytes, str] = {}
    for decision, slug in _counting(at, source):
        if decision.category in OUTSIDE:
            outside += 1
        else:
            by_text[decision.digest][decision.reviewer] = decision
            slugs.setdefault(decision.digest, slug)
    texts = [list(found.values()) for found in by_text.values()]
    groups = _groups(texts)
    taught = [_taught(found, slugs[found[0].digest], int(group)) for found, group in zip(texts, groups, strict=True)]
    kept = [one for one in taught if one.weight > 0.0]
    return TrainingLabels(_to_mean_one(kept), len(taught) - len(kept), outside)


def _counting(at: datetime, source: Source | None) -> Iterator[tuple[Decision, str]]:
    labels = Label.objects.filter(decision__undone_at=None, decision__effective_at__lte=at).exclude(message__text="")
    if source:
        labels = labels.filter(source=source)
    columns = ("pk", "message__text_digest", "message__text", "source_id", "message__author", "decision__by_id")
    rows = labels.order_by("pk").values_list(*columns, "category", "cohort_rate", "source__slug")
    last = 0
    while page := list(rows.filter(pk__gt=last)[:PAGE]):
        for pk, digest, text, place, author, by, category, rate, slug in page:
            yield Decision(pk, bytes(digest), text, (place, author), by, category, rate), slug
        last = page[-1][0]


def _taught(found: Sequence[Decision], source: str, group: int) -> Taught:
    violations = [decision for decision in found if decision.violation]
    share = len(violations) / len(found)
    united = abs(2.0 * share - 1.0)
    named = Counter(decision.category for decision in violations if decision.category in CATEGORIES).most_common(1)
    return Taught(
        text=found[0].text,
        target=(len(violations) + DOUBT) / (len(found) + 2.0 * DOUBT),
        weight=united * float(np.mean([decision.weight for decision in found])),
        category=named[0][0] if named and share > 0.5 else None,
        source=source,
        group=group,
        labels=tuple(decision.label for decision in found),
    )


def _groups(texts: Sequence[Sequence[Decision]]) -> NDArray[np.int64]:
    """A number for each text; those that share an author, or that the model reads alike, have the same."""
    shared = [(*(decision.author for decision in found), (ALIKE, normalised(found[0].text))) for found in texts]
    authors = [each for found in shared for each in found]
    owner = np.array([number for number, found in enumerate(shared) for _ in found], dtype=np.int64)
    groups = independent(authors, owner)
    firsts = np.flatnonzero(np.diff(owner, prepend=-1))
    return groups[firsts]


def _to_mean_one(taught: list[Taught]) -> list[Taught]:
    mean = float(np.mean([one.weight for one in taught])) if taught else 1.0
    return [replace(one, weight=min(one.weight / mean, LARGEST_WEIGHT)) for one in taught]
