"""How much disguises cost the shipped model: the AUROC of its margins on labelled texts, plain and disguised.

And what comes of texts that are clear when plain: how many clear violations are allowed by themselves once disguised,
and how many clear harmless ones are flagged. What goes to people as another language or as no plain text is neither.

    python -m benchmarks.obfuscation [--data FILE] [--most N]

Without `--data`, on the demo's golden set and community, which are small; never tune on a file meant for evaluation.
"""

import argparse
import json
import random
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from benchmarks import report
from benchmarks.disguises import WAYS
from benchmarks.report import Figure, figure
from inference.calibration.calibrator_json import from_json
from inference.calibration.shipped_calibrator import FILE
from inference.evaluation.labelled_texts import LabelledText, read_labelled
from inference.reliability.ranking import auroc
from inference.scoring.language import ENGLISH, language_of
from inference.scoring.legible import is_plain
from inference.scoring.local_scorer import LocalScorer
from inference.scoring.normalise import normalised
from inference.scoring.scorer import load_scorer
from inference.shipped_model import NANO

DEMO = Path(__file__).parent.parent / "review" / "demo"
SEED = 0
CLEAR = 0.5
"""Probability from which on a text counts as flagged."""
ALLOWED = 0.2
"""Probability below which a starting policy allows a text by itself."""
DRAWS = {"tiny": 20, "small": 200, "full": 200}
EVERY = {"tiny": 100, "small": 1, "full": 1}
"""Which of the texts are judged: each, or one in so many."""


def run(size: str, data: Path | None = None, most: int = 0) -> list[Figure]:
    """What each disguise costs, as it is sent and normalised, with bootstrap intervals.

    On so many violations and harmless texts, drawn at random, where `most` is not 0.
    """
    files = [data] if data else [DEMO / "golden.jsonl", DEMO / "community.jsonl"]
    rows = [row for path in files for row in read_labelled(path)][:: EVERY[size]]
    if most:
        random.Random(SEED).shuffle(rows)
        rows = [row for flag in (1, 0) for row in [each for each in rows if each.flag == flag][:most]]
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
    for name, texts in _disguised(rows, every=8 if size == "tiny" else 1).items():
        as_sent = _margins(scorer, texts)
        undone = _margins(scorer, [normalised(text) for text in texts])
        figures.append(_drop(name, size, base, as_sent, flags, note=note))
        figures.append(_drop(f"{name}, normalised", size, base, undone, flags, note=note))
        figures += _decided(name, size, flags, (base, undone), [normalised(text) for text in texts])
    return figures


def _decided(
    name: str, size: str, flags: np.ndarray, margins: tuple[np.ndarray, np.ndarray], texts: Sequence[str]
) -> list[Figure]:
    """Of texts that are clear as they are: the share of violations allowed, and of harmless ones flagged.

    `margins` are those of the plain texts and of the disguised ones, normalised, which `texts` holds.
    """
    calibrator = from_json(json.loads((NANO / FILE).read_text(encoding="utf-8")))
    before, now = map(calibrator.predict, margins)
    alone = np.array([language_of(text) == ENGLISH and is_plain(text) for text in texts])
    clear, harmless = (flags == 1) & (before >= CLEAR), (flags == 0) & (before < ALLOWED)
    shares = {
        "clear violations allowed": (alone & (now < ALLOWED))[clear].mean() if clear.any() else 0.0,
        "harmless texts flagged": (alone & (now >= CLEAR))[harmless].mean() if harmless.any() else 0.0,
        "harmless texts to people": (~alone)[harmless].mean() if harmless.any() else 0.0,
    }
    note = f"of {clear.sum()} and {harmless.sum()}; clear: {CLEAR} and more, allowed: below {ALLOWED}"
    return [
        figure("obfuscation", f"{name}: {what}", size, "share", [float(share)], note=note)
        for what, share in shares.items()
    ]


def _disguised(rows: Sequence[LabelledText], every: int) -> dict[str, list[str]]:
    return {
        name: [way(row.text, random.Random(f"{SEED}:{number}")) for number, row in enumerate(rows)]
        for name, way in list(WAYS.items())[::every]
    }


def _margins(scorer: LocalScorer, texts: Sequence[str]) -> np.ndarray:
    return np.array([score.margin for score in scorer.score(texts)])


def _drop(name: str, size: str, base: np.ndarray, found: np.ndarray, flags: np.ndarray, *, note: str) -> Figure:
    """How much lower the AUROC is than on the plain texts: median and range of 95 % of bootstrap draws over texts."""
    draw = np.random.default_rng(SEED)
    drops = []
    for _ in range(DRAWS[size]):
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
    parser.add_argument("--most", type=int, default=0, metavar="N", help="so many violations and harmless texts of it")
    chosen = parser.parse_args()
    print(report.table(run("small", chosen.data, chosen.most)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
