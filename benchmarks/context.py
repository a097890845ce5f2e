"""What earlier messages in the prompt do to the shipped model: AUROC and speed on the demo's threads, with and without.

    python -m benchmarks.context

Only messages that have something before them in their thread count.
"""

import json
import sys
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from time import perf_counter

import numpy as np

from benchmarks import report
from benchmarks.report import Figure, figure
from inference.reliability.ranking import auroc
from inference.scoring.local_scorer import LocalScorer
from inference.scoring.normalise import normalised
from inference.scoring.scorer import load_scorer
from inference.scoring.text_score import InContext, Text

COMMUNITY = Path(__file__).parent.parent / "review" / "demo" / "community.jsonl"
NUMBERS = (1, 3, 8)
SEED = 0
DRAWS = 200


def run(size: str) -> list[Figure]:
    """The AUROC for each number of earlier messages, with bootstrap draws, and how fast that is."""
    asked, flags = _threads()
    step = 20 if size == "tiny" else 1
    asked, flags = asked[::step], flags[::step]
    scorer = load_scorer(device="cpu")
    scorer.warm_up()
    figures = _measured("alone", size, scorer, [each.text for each in asked], flags)
    for number in NUMBERS:
        texts = [InContext(each.text, each.earlier[-number:]) for each in asked]
        figures += _measured(f"with up to {number} earlier", size, scorer, texts, flags)
    return figures


def _threads() -> tuple[list[InContext], np.ndarray]:
    """Messages with what was said before them in their thread, and which are violations."""
    lines = [json.loads(line) for line in COMMUNITY.read_text(encoding="utf-8").splitlines()]
    said: dict[str, list[str]] = defaultdict(list)
    asked, flags = [], []
    for line in sorted(lines, key=lambda line: line["offset_s"]):
        text, before = normalised(line["text"]), said[line["thread"] or ""]
        if line["thread"] and before:
            asked.append(InContext(text, tuple(before[-max(NUMBERS) :])))
            flags.append(line["category"] != "benign")
        before.append(text)
    return asked, np.array(flags)


def _measured(name: str, size: str, scorer: LocalScorer, texts: Sequence[Text], flags: np.ndarray) -> list[Figure]:
    started = perf_counter()
    scores = scorer.score(texts)
    rate = len(texts) / (perf_counter() - started)
    margins = np.array([score.margin for score in scores])
    draw = np.random.default_rng(SEED)
    picks = (draw.integers(len(flags), size=len(flags)) for _ in range(DRAWS))
    found = [auroc(margins[rows], flags[rows]) or 0.0 for rows in picks if flags[rows].any()]
    tokens = np.mean([score.tokens for score in scores])
    of = f"{len(texts):,} messages, {flags.sum():,} violations, {tokens:.0f} tokens each"
    return [
        figure("context", name, size, "AUROC", found, note=f"{of}; AUROC {auroc(margins, flags):.3f}"),
        figure("context", f"{name}, speed", size, "messages/s", [rate]),
    ]


if __name__ == "__main__":
    print(report.table(run("small")))
    sys.exit(0)
