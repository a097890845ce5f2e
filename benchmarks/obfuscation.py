"""How much disguises cost the shipped model: the AUROC of its margins on labelled texts, plain and disguised.

And what comes of texts that are clear when plain: how many clear violations are allowed by themselves once disguised,
and how many clear harmless ones are flagged. What goes to people as another language or as no plain text is neither.

    python -m benchmarks.obfuscation [--data FILE] [--most N]

prints the latter by kind. Without `--data`, on the demo's golden set and community, which are small; never tune on a
file meant for evaluation.
"""

import argparse
import json
import random
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import numpy as np

from benchmarks.disguises import WAYS
from benchmarks.report import Figure, figure
from inference.calibration.calibrator_json import from_json
from inference.calibration.calibrators import Calibrator
from inference.calibration.shipped_calibrator import FILE
from inference.evaluation.labelled_texts import LabelledText, read_labelled
from inference.reliability.curves import wilson
from inference.reliability.ranking import auroc
from inference.scoring.language import ENGLISH, language_of
from inference.scoring.legible import is_plain
from inference.scoring.local_scorer import LocalScorer
from inference.scoring.normalise import normalised
from inference.scoring.scorer import load_scorer
from inference.shipped_model import NANO

DEMO = Path(__file__).parent.parent / "review" / "demo"
TEXTS = ("golden.jsonl", "community.jsonl")
SEED = 0
CLEAR = 0.5
"""Probability from which on a text counts as flagged."""
ALLOWED = 0.2
"""Probability below which a starting policy allows a text by itself."""
DRAWS = {"tiny": 20, "small": 200, "full": 200}
MOST = 150
"""Clear violations, and harmless texts, of which the table by kind tells."""
EVERY = {"tiny": 100, "small": 1, "full": 1}
"""Which of the texts are judged: each, or one in so many."""


@dataclass(frozen=True)
class Count:
    """So many of n."""

    events: int
    n: int

    @property
    def share(self) -> float:
        return self.events / self.n

    @property
    def interval(self) -> tuple[float, float]:
        """Wilson's, of 95 %."""
        return wilson(self.share, self.n)

    def __str__(self) -> str:
        low, high = (100.0 * bound for bound in self.interval)
        return f"{self.events} of {self.n}: {100.0 * self.share:.1f} % ({low:.1f} to {high:.1f})"


@dataclass(frozen=True)
class Outcome:
    """What comes of clear texts in one disguise: violations allowed, harmless ones flagged, harmless ones to people."""

    kind: str
    allowed: Count
    flagged: Count
    to_people: Count


def run(size: str) -> list[Figure]:
    """What each disguise costs on the demo's texts, as it is sent and normalised, with bootstrap intervals."""
    rows = _rows()[:: EVERY[size]]
    scorer = load_scorer(device="cpu")
    flags = np.array([row.flag for row in rows])
    base = _margins(scorer, [row.text for row in rows])
    note = f"{len(rows):,} texts of {' and '.join(TEXTS)}, {flags.sum():,} violations"
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
        figures += _decided(size, _outcome(name, flags, (base, undone), [normalised(text) for text in texts]))
    return figures


def outcomes(rows: Sequence[LabelledText], most: int) -> list[Outcome]:
    """What comes of texts that are clear when plain, by kind: of so many violations and harmless ones, drawn at random.

    0: of all of them.
    """
    scorer = load_scorer(device="cpu")
    flags = np.array([row.flag for row in rows])
    before = _margins(scorer, [normalised(row.text) for row in rows])
    drawn = _drawn(flags, before, most)
    rows, flags, before = [rows[number] for number in drawn], flags[drawn], before[drawn]
    found = []
    for name, texts in _disguised(rows, every=1).items():
        undone = [normalised(text) for text in texts]
        found.append(_outcome(name, flags, (before, _margins(scorer, undone)), undone))
    return found


def _drawn(flags: np.ndarray, margins: np.ndarray, most: int) -> list[int]:
    """Numbers of clear texts of either kind."""
    clear, harmless = _clear(flags, margins)
    numbers = [np.flatnonzero(clear).tolist(), np.flatnonzero(harmless).tolist()]
    for each in numbers:
        random.Random(SEED).shuffle(each)
    return [number for each in numbers for number in (each[:most] if most else each)]


def _clear(flags: np.ndarray, margins: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Which texts are violations that are flagged, and which harmless ones that are allowed."""
    before = _calibrator().predict(margins)
    return (flags == 1) & (before >= CLEAR), (flags == 0) & (before < ALLOWED)


@cache
def _calibrator() -> Calibrator:
    return from_json(json.loads((NANO / FILE).read_text(encoding="utf-8")))


def _outcome(name: str, flags: np.ndarray, margins: tuple[np.ndarray, np.ndarray], texts: Sequence[str]) -> Outcome:
    """`margins` are those of the plain texts and of the disguised ones, normalised, which `texts` holds."""
    clear, harmless = _clear(flags, margins[0])
    now = _calibrator().predict(margins[1])
    alone = np.array([language_of(text) == ENGLISH and is_plain(text) for text in texts])
    return Outcome(
        name,
        Count(int((alone & (now < ALLOWED))[clear].sum()), int(clear.sum())),
        Count(int((alone & (now >= CLEAR))[harmless].sum()), int(harmless.sum())),
        Count(int((~alone)[harmless].sum()), int(harmless.sum())),
    )


def _decided(size: str, outcome: Outcome) -> list[Figure]:
    """The three shares as figures, with Wilson's 95 % intervals."""
    shares = {
        "clear violations allowed": outcome.allowed,
        "harmless texts flagged": outcome.flagged,
        "harmless texts to people": outcome.to_people,
    }
    note = f"clear: {CLEAR} and more, allowed: below {ALLOWED}"
    return [
        replace(
            figure("obfuscation", f"{outcome.kind}: {what}", size, "share", [count.share], note=note),
            low=count.interval[0],
            high=count.interval[1],
            runs=count.n,
        )
        for what, count in shares.items()
        if count.n
    ]


def by_kind(found: Sequence[Outcome]) -> str:
    """The outcomes as a table in Markdown, the worst kind first; kinds that let nothing by in one line below it."""
    order = sorted(found, key=lambda each: (-each.allowed.events, -each.flagged.events))
    shown = [each for each in order if each.allowed.events or each.flagged.events]
    none = [each.kind for each in found if each not in shown]
    lines = [
        "| disguise | clear violations allowed | harmless texts flagged | harmless texts to people |",
        "| --- | --- | --- | --- |",
        *(f"| {each.kind} | {each.allowed} | {each.flagged} | {each.to_people} |" for each in shown),
    ]
    if none:
        lines += ["", f"Of {len(none)} more kinds nothing is allowed and nothing flagged: {', '.join(none)}."]
    return "\n".join(lines)


def _rows(data: Path | None = None) -> list[LabelledText]:
    """The texts of a file, or the demo's."""
    files = [data] if data else [DEMO / name for name in TEXTS]
    return [row for path in files for row in read_labelled(path)]


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
    """Measure what comes of clear texts in each disguise, and print it; nothing is kept."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.obfuscation", description="Measure what disguises get past the shipped model."
    )
    parser.add_argument("--data", type=Path, help='JSON lines, .gz too: {"text", "flag": 0 or 1}')
    parser.add_argument(
        "--most", type=int, default=MOST, metavar="N", help=f"so many clear texts of either kind ({MOST})"
    )
    chosen = parser.parse_args()
    print(by_kind(outcomes(_rows(chosen.data), chosen.most)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
