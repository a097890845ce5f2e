"""Labelled rows by their sources, and how much each counts, so that no source's style stands in for its label."""

import gzip
import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from inference.finetuning.row import Row

ONE_CLASS_SHARE = 0.35
LARGEST_GROUP = 16_000.0
NOISY = {"davidson": 0.3, "mlma_en": 0.4, "cad": 0.5, "gab_hate_corpus": 0.7, "diasafety": 0.6, "online_misogyny": 0.5}
# Collected apart but of one kind: their classes balance each other.
GROUPS = {
    "civil_toxic_spans": "civil",
    "civil_safe10k": "civil",
    "civil_marco_toxic": "civil",
    "civil_first100": "civil",
    "civil_ni_nontoxic": "civil",
    "jigsaw_toxic_comment": "wikipedia",
    "jigsaw_small_samples": "wikipedia",
    "wiki_context_toxicity": "wikipedia",
}


def read_rows(path: Path) -> list[Row]:
    """Rows of a gzipped JSONL file in its order. Raises KeyError or ValueError on a malformed line."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return [_row(json.loads(line)) for line in lines if line.strip()]


def _row(fields: dict[str, object]) -> Row:
    score = fields.get("score")
    category = fields.get("category")
    return Row(
        text=str(fields["text"]),
        flag=int(str(fields["flag"])),
        category=None if category is None else str(category),
        score=None if score is None else float(str(score)),
        source=str(fields["source"]),
    )


def row_weights(rows: Sequence[Row]) -> NDArray[np.float64]:
    """How much each row counts towards the flag: equal mass for both classes within a group of sources.

    A group of one class has nothing to balance it and is kept small; weak negatives count nothing here.
    Returns an array of shape (rows,).
    """
    mass: dict[tuple[str, int], float] = defaultdict(float)
    for row in rows:
        if not row.weak:
            mass[_group(row), row.flag] += 1.0
    return np.array([0.0 if row.weak else _weight(row, mass) for row in rows])


def _group(row: Row) -> str:
    return GROUPS.get(row.source, row.source)


def _weight(row: Row, mass: dict[tuple[str, int], float]) -> float:
    own, other = mass[_group(row), row.flag], mass.get((_group(row), 1 - row.flag), 0.0)
    noise = NOISY.get(row.source, 1.0)
    if other == 0.0:
        return ONE_CLASS_SHARE * noise
    share = min(own + other, LARGEST_GROUP, 4.0 * min(own, other)) / 2.0
    return min(share / own, 3.0) * noise


def folds(rows: Iterable[Row], count: int) -> NDArray[np.int64]:
    """A fold for each row by a hash of its text, so that equal texts share one. Shape (rows,), 0 to count - 1."""
    return np.array(
        [int.from_bytes(hashlib.blake2b(row.text.encode(), digest_size=4).digest()) % count for row in rows]
    )


def source_aurocs(rows: Sequence[Row], margins: NDArray[np.floating]) -> dict[str, float]:
    """AUROC within each source that has at least 10 rows of each class, by its name; ties count half."""
    by_source: dict[str, list[int]] = defaultdict(list)
    for index, row in enumerate(rows):
        by_source[row.source].append(index)
    areas = {}
    for source, indices in sorted(by_source.items()):
        flags = [rows[index].flag for index in indices]
        if min(sum(flags), len(flags) - sum(flags)) >= 10:
            areas[source] = _auroc(flags, margins[indices])
    return areas


def _auroc(flags: Sequence[int], margins: NDArray[np.floating]) -> float:
    from sklearn.metrics import roc_auc_score  # noqa: PLC0415 - slow to load, and only training needs it

    return float(roc_auc_score(flags, margins))


def within_source_auroc(rows: Sequence[Row], margins: NDArray[np.floating]) -> float:
    """The mean AUROC within sources, NaN where none has enough rows of both classes."""
    areas = source_aurocs(rows, margins)
    return float(np.mean(list(areas.values()))) if areas else float("nan")


def ranking(rows: Sequence[Row], margins: NDArray[np.floating]) -> str:
    """How well rows are ranked, in words: over all, and within sources."""
    overall = _auroc([row.flag for row in rows], margins)
    return f"AUROC {overall:.4f}, within sources {within_source_auroc(rows, margins):.4f}"
