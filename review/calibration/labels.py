"""Labels joined with the margins of one model under one rubric: what a calibrator is fitted on and judged by.

`probability` is the chance that one independent, qualified, blind reviewer rules "violation". So each independent
label is a row, k labels on one text weigh 1/k each, and disagreement becomes a soft target, never a smaller weight. The
unit is a distinct text of a source on a day, which is what shares one draw. A label counts from its decision's
`effective_at` on, unless that was undone. Decisions for spam and self-harm are outside what the model detects: they are
counted and left out. A text that the model was fine-tuned on says nothing of how well it judges, so no label on it
counts for that model.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any

import numpy as np
from django.db.models import Exists, FilteredRelation, OuterRef, Q, QuerySet
from django.db.models.functions import Greatest
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from inference.categories import CATEGORIES
from review.models import Category, Label, ModelVersion, Reason, Rubric, Score
from review.registry.scoring_setup import ScoringSetup

Array = NDArray[np.float64]
KINDS = (
    "cohort",
    "borderline",
    "trigger",
    "appeal",
    "failure",
    "gold",
    "second_opinion",
    "import",
    "report",
    "reversal",
    "declared",
)
"""How a label came about. All but the first and the last were selected by content or outcome, so nobody knows with what
probability: they may help to fit a calibrator, and count for nothing else. The last came with an import, whose rows
were drawn
at random by the word of who imported them: they count as cohort for fits, gate and figures, and certify nothing."""
OUTSIDE = (Category.SPAM, Category.SELF_HARM)
LARGEST_WEIGHT = 10.0  # of one label in a fit; estimates on the cohort are never capped
PAGE = 10_000  # rows read at once, so that no statement runs long


@dataclass(frozen=True)
class Labels:
    """n usable labels as columns. `rate` is NaN outside the cohort, `emitted` where no confidence was written.

    `known` is when a label came to count for this model, `decided` when it was ruled (Unix seconds); `category` is the
    model's likeliest violation, as a position in CATEGORIES; `kind` a position in KINDS; `group` joins labels that
    share an author or a text, which are not independent; `text` joins those on one text of a source and a day.
    `outside` counts, by source, the decisions that the model has no category for.
    """

    margin: Array
    violation: Array
    rate: Array
    emitted: Array
    known: Array
    decided: Array
    blind: NDArray[np.bool_]
    category: NDArray[np.int64]
    kind: NDArray[np.int64]
    group: NDArray[np.int64]
    text: NDArray[np.int64]
    source: NDArray[np.int64]
    outside: Mapping[int, int] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.margin)

    def where(self, rows: NDArray[np.bool_]) -> "Labels":
        """The labels of these rows."""
        columns = {each.name: getattr(self, each.name)[rows] for each in fields(self) if each.name != "outside"}
        return Labels(**columns, outside=self.outside)

    @property
    def category_names(self) -> NDArray[np.str_]:
        """The likeliest violation of each, as offsets name it."""
        return np.asarray(CATEGORIES)[self.category]

    @property
    def source_names(self) -> NDArray[np.str_]:
        """The source of each, as offsets name it: by id."""
        return self.source.astype(str)

    @property
    def in_cohort(self) -> NDArray[np.bool_]:
        return ~np.isnan(self.rate)

    @property
    def estimate_weights(self) -> Array:
        """Of cohort labels: 1/rate, never capped; k labels on one text weigh 1/k each."""
        return _shares(self.text) / self.rate

    @property
    def fit_weights(self) -> Array:
        """Cohort labels as drawn, but never above ten of the others, whose selection has no probability."""
        drawn = np.where(self.in_cohort, 1.0 / np.where(self.in_cohort, self.rate, 1.0), 1.0)
        return _shares(self.text) * np.minimum(drawn, LARGEST_WEIGHT)


def usable(model: ModelVersion, rubric: Rubric, at: datetime, beside: ScoringSetup | None = None) -> Labels:
    """Every label that counts at `at` for the model under the rubric, in the order of their ids.

    With another setup `beside` it, only those that count for both.
    """
    rows: list[tuple[Any, ...]] = []
    outside: Counter[int] = Counter()
    for row in _rows(model, rubric, at, beside):
        if row[_RULED] in OUTSIDE:
            outside[row[_SOURCE]] += 1
        else:
            rows.append(row)
    columns: list[tuple[Any, ...]] = list(zip(*rows, strict=True)) if rows else [()] * len(_COLUMNS)
    _, margin, categories, _, violation, rate, emitted, known, decided, blind, reason, source, author, digest, draw = (
        columns
    )
    texts = _numbered([bytes(each) for each in digest])
    return Labels(
        margin=np.array(margin, dtype=float),
        violation=np.array(violation, dtype=float),
        rate=np.array(rate, dtype=float),
        emitted=np.array(emitted, dtype=float),
        known=np.array([each.timestamp() for each in known], dtype=float),
        decided=np.array([each.timestamp() for each in decided], dtype=float),
        blind=np.array(blind, dtype=bool),
        category=np.argmax(np.array(categories, dtype=float).reshape(-1, len(CATEGORIES)), axis=1),
        kind=np.array([_kind(why, drawn) for why, drawn in zip(reason, rate, strict=True)], dtype=np.int64),
        group=independent(list(zip(source, author, strict=True)), texts),
        text=_numbered(list(zip(source, texts.tolist(), draw, strict=True))),
        source=np.array(source, dtype=np.int64),
        outside=outside,
    )


def _kind(reason: str, rate: float | None) -> int:
    """A second opinion on a drawn text stays one, though it counts with the text's rate."""
    if reason == Reason.SECOND_OPINION or rate is None:
        return KINDS.index(reason) if reason in KINDS else KINDS.index("borderline")
    return KINDS.index("declared" if reason == Reason.IMPORT else "cohort")


def new_since(model: ModelVersion, rubric: Rubric, since: datetime | None, at: datetime, limit: int) -> int:
    """How many labels have come to count after `since`, at most `limit`: read off the newest few, never all."""
    newest = Label.objects.order_by("-pk").values("pk")[: 10 * limit]
    labels = _counting(model, rubric, at).filter(Q(known__gt=since) if since else Q(), pk__in=newest)
    return int(labels[:limit].count())


def _counting(model: ModelVersion, rubric: Rubric, at: datetime) -> "QuerySet[Any, Any]":
    """Labels that count at `at`, with the model's `score`; `known` is when label, decision and score were all there.

    The worst of several windows is another kind of margin, to which no calibrator is applied: such a label fits none.
    """
    labels: QuerySet[Any, Any] = (
        Label.objects.filter(decision__undone_at=None, decision__effective_at__lte=at)
        .annotate(
            score=FilteredRelation(
                "message__scores",
                condition=Q(message__scores__model=model, message__scores__rubric=rubric, message__scores__windows=1),
            ),
            known=Greatest("created_at", "decision__effective_at", "score__created_at"),
        )
        .filter(~_taught(model), score__isnull=False, known__lte=at)
    )
    return labels


def _taught(model: ModelVersion) -> Exists:
    """Whether the model was fine-tuned on the text of a label."""
    taught = ModelVersion.taught.through.objects.filter(modelversion=model)
    return Exists(taught.filter(label__message__text_digest=OuterRef("message__text_digest")))


def _counting_beside(setup: ScoringSetup, at: datetime) -> Q:
    scored = Score.objects.filter(
        message=OuterRef("message"), model=setup.model, rubric=setup.rubric, windows=1, created_at__lte=at
    )
    return Q(Exists(scored)) & Q(~_taught(setup.model))


_COLUMNS = (
    "pk",
    "score__margin",
    "score__category_log_probs",
    "category",
    "violation",
    "cohort_rate",
    "score__explanation__emitted_confidence",
    "known",
    "decision__effective_at",
    "blind",
    "decision__case__reason",
    "source_id",
    "message__author",
    "message__text_digest",
    "message__draw",
)
_RULED, _SOURCE = _COLUMNS.index("category"), _COLUMNS.index("source_id")


def _rows(model: ModelVersion, rubric: Rubric, at: datetime, beside: ScoringSetup | None) -> Iterator[tuple[Any, ...]]:
    counting = _counting(model, rubric, at)
    if beside:
        counting = counting.filter(_counting_beside(beside, at))
    labels = counting.order_by("pk").values_list(*_COLUMNS)
    last = 0
    while page := list(labels.filter(pk__gt=last)[:PAGE]):
        yield from page
        last = page[-1][0]


def _numbered(values: list[Any]) -> NDArray[np.int64]:
    """Equal values as equal numbers from 0."""
    numbers: dict[Any, int] = {}
    return np.array([numbers.setdefault(value, len(numbers)) for value in values], dtype=np.int64)


def independent(authors: list[tuple[int, str]], texts: NDArray[np.int64]) -> NDArray[np.int64]:
    """A number for each set of labels that are joined by authors or texts; a text without an author stands alone."""
    if not authors:
        return np.zeros(0, dtype=np.int64)
    people = _numbered([author if author[1] else ("", index) for index, author in enumerate(authors)])
    size = int(texts.max()) + int(people.max()) + 2
    joins = coo_matrix((np.ones(len(texts)), (texts, people + int(texts.max()) + 1)), shape=(size, size))
    _, component = connected_components(joins, directed=False)
    return np.asarray(component[texts], dtype=np.int64)


def _shares(text: NDArray[np.int64]) -> Array:
    """1/k for each of k labels on one text."""
    return 1.0 / np.bincount(text)[text] if len(text) else np.zeros(0)
