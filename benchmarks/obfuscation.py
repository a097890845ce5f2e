"""How much disguises cost the shipped model: the AUROC of its margins on labelled texts, plain and disguised.

    python -m benchmarks.obfuscation [--data FILE]

Without `--data`, on the demo's golden set and community, which are small; never tune on a file meant for evaluation.
"""

import argparse
import random
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from benchmarks import report
from benchmarks.disguises import WAYS
from benchmarks.report import Figure, figure
from inference.evaluation.labelled_texts import LabelledText, read_labelled
from inference.reliability.ranking import auroc
from inference.scoring.local_scorer import LocalScorer
from inference.scoring.normalise import normalised
from inference.scoring.scorer import load_scorer

DEMO = Path(__file__).parent.parent / "review" / "demo"
SEED = 0
DRAWS = 200


def run(size: str, data: Path | None = None) -> list[Figure]:
    """What each disguise costs, as it is sent and normalised, with bootstrap intervals."""
    files = [data] if data else [DEMO / "golden.jsonl", DEMO / "community.jsonl"]
    rows = [row for path in files for row in read_labelled(path)][:: 20 if size == "tiny" else 1]
    scorer = load_scorer(device="cpu")
    flags = np.array([row.flag for row in rows])
    base = _margins(scorer, [row.text for row in rows])
    note = f"{len(rows):,} texts of {' and '.join(path.name for path in files)}, {flags.sum():,} violations"
    plain = auroc(base, flags)
    assert plain is not None, "both violations and harmless texts are needed"
    figures = [figure("obfuscation", "plain", size, "AUROC", [plain], note=note)]
    figures.append(
        _drop(
            "plain, normalised", size, base, _margins(scorer, [normalised(row.text) for row in rows]), flags, note=note
        )
    )
    for name, texts in _disguised(rows).items():
        as_sent = _margins(scorer, texts)
        undone = _margins(scorer, [normalised(text) for text in texts])
        figures.append(_drop(name, size, base, as_sent, flags, note=note))
        figures.append(_drop(f"{name}, normalised", size, base, undone, flags, note=note))
    return figures


def _disguised(rows: Sequence[LabelledText]) -> dict[str, list[str]]:
    return {
        name: [way(row.text, random.Random(f"{SEED}:{number}")) for number, row in enumerate(rows)]
        for name, way in WAYS.items()
    }


def _margins(scorer: LocalScorer, texts: Sequence[str]) -> np.ndarray:
    return np.array([score.margin for score in scorer.score(texts)])


def _drop(name: str, size: str, base: np.ndarray, found: np.ndarray, flags: np.ndarray, *, note: str) -> Figure:
    """How much lower the AUROC is than on the plain texts: median and range of 95 % of bootstrap draws over texts."""
    draw = np.random.default_rng(SEED)
    drops = []
    for _ in range(DRAWS):
        rows = draw.integers(len(flags), size=len(flags))
        drops.append((auroc(base[rows], flags[rows]) or 0.0) - (auroc(found[rows], flags[rows]) or 0.0))
    low, high = np.quantile(drops, [0.025, 0.975])
    now = auroc(found, flags)
    kept = [drop for drop in drops if low <= drop <= high]
    return figure("obfuscation", f"drop by {name}", size, "AUROC", kept, note=f"{note}; AUROC {now:.3f}")


def main() -> int:
    """Measure and print; nothing is kept of a file that is named."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.obfuscation", description="Measure what disguises cost."
    )
    parser.add_argument("--data", type=Path, help='JSON lines, .gz too: {"text", "flag": 0 or 1}')
    chosen = parser.parse_args()
    print(report.table(run("small", chosen.data)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
