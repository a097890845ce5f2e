"""How good moddog's calibration is, beside scikit-learn's, venn-abers' and MAPIE's, and how long it takes.

`quality` measures on made margins with known truth and, with `--data`, on the shipped model's margins over labelled
files; `refits` measures seconds.
"""

import sys
import warnings
from collections.abc import Sequence
from pathlib import Path

from benchmarks import quality, refits
from benchmarks.report import Figure
from benchmarks.truths import TRUTHS, judged


def run(size: str, data: Sequence[Path] = ()) -> list[Figure]:
    """Made margins, then each file of labelled texts, then speed."""
    figures: list[Figure] = []
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "All-NaN slice", RuntimeWarning)  # from within venn-abers and MAPIE
        for name in TRUTHS:
            for labels in quality.LARGEST_ERROR:
                _say(f"truth {name!r}, {labels:,} labels")
                figures += quality.on_truth(name, labels, size)
        for path in data:
            _say(f"the shipped model's margins on {path.name}")
            figures += quality.on_labels(judged(path), size)
        _say("speed")
        return figures + refits.refits(size) + refits.diagrams(size)


def _say(where: str) -> None:
    print(where, file=sys.stderr, flush=True)
