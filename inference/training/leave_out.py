"""How well sources are ranked that training never saw: nano's recipe and the floor, with and without each source.

    python -m inference.training.leave_out --data FOLDER --work FOLDER --out FOLDER [--encoder FOLDER] [--chunks N]

Sources are dealt into parts; for each part a model is trained on the other parts and ranks the dev rows of the sources
it did not see. Beside it stands a model trained as long on every source. The runs are short, and by labels alone: the
teachers of the shipped nano have seen every source. `--out` holds the tokenizer. Each run's margins are kept in
`--work`, so a stopped command goes on. Prints a Markdown table and the means as JSON.
"""

import argparse
import json
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from transformers import AutoTokenizer

from inference.scoring.devices import device_for
from inference.scoring.prompt import Prompt
from inference.training.data import GROUPS, Row, read_rows, row_weights, source_aurocs
from inference.training.lessons import labelled
from inference.training.margins import margins_of
from inference.training.run import Recipe, Run, start_tokens
from inference.training.teacher import features, fit
from inference.training.train import train

PARTS = 5
DRAWS = 2_000  # of sources, for the intervals of the means
Margins = NDArray[np.float64]
Judge = Callable[[set[str], str], Margins]  # margins of dev by what was trained without these sources; a name for it


@dataclass(frozen=True)
class Mean:
    """The mean over n sources, with a 95 % bootstrap interval over the sources."""

    mean: float
    low: float
    high: float
    n: int


def parts_of(rows: Sequence[Row], count: int) -> list[set[str]]:
    """Sources in `count` parts of about equal rows; sources that are collected as one kind stay together."""
    sizes = Counter(GROUPS.get(row.source, row.source) for row in rows)
    loads, kinds = [0] * count, [set[str]() for _ in range(count)]
    for kind, size in sorted(sizes.items(), key=lambda item: (-item[1], item[0])):
        lightest = loads.index(min(loads))
        loads[lightest] += size
        kinds[lightest].add(kind)
    sources = {row.source for row in rows}
    return [{source for source in sources if GROUPS.get(source, source) in part} for part in kinds]


def left_out(dev: Sequence[Row], parts: Sequence[set[str]], judge: Judge) -> Margins:
    """Margins of dev, each by the model that did not see the row's source. Shape (rows,)."""
    margins = np.full(len(dev), np.nan)
    for number, part in enumerate(parts):
        held = np.array([row.source in part for row in dev])
        margins[held] = judge(part, f"without-{number + 1}")[held]
    return margins


def mean_of(values: Sequence[float], seed: int = 0) -> Mean:
    """The mean of one value a source, and how far it moves when the sources are drawn again."""
    drawn = np.random.default_rng(seed).choice(np.array(values), size=(DRAWS, len(values))).mean(axis=1)
    low, high = np.quantile(drawn, (0.025, 0.975))
    return Mean(float(np.mean(values)), float(low), float(high), len(values))


def floor_judge(rows: Sequence[Row], dev: Sequence[Row]) -> Judge:
    """The n-gram model, its features read once."""
    matrix, ours = features([row.text for row in rows]), features([row.text for row in dev])
    flags = np.array([row.flag for row in rows])

    def judge(without: set[str], _: str) -> Margins:
        kept = np.array([row.source not in without for row in rows])
        weights = np.zeros(len(rows))
        weights[kept] = row_weights([row for row in rows if row.source not in without])
        return _decided(matrix, flags, weights, ours)

    return judge


def _decided(matrix: csr_matrix, flags: NDArray[np.int64], weights: Margins, ours: csr_matrix) -> Margins:
    margins: Margins = fit(matrix, flags, weights).decision_function(ours)
    return margins


def nano_judge(rows: Sequence[Row], dev: Sequence[Row], recipe: Recipe, chosen: argparse.Namespace) -> Judge:
    """A short run from scratch; its tokens start from the encoder before anything was taught to it."""
    tokenizer = AutoTokenizer.from_pretrained(chosen.out)
    prompt = Prompt(tokenizer)

    def judge(without: set[str], name: str) -> Margins:
        lessons = labelled([row for row in rows if row.source not in without])
        run = Run.begin(prompt, width=chosen.width, layers=chosen.layers, seed=recipe.seed, device=chosen.device)
        start_tokens(run, prompt, lessons, chosen.encoder, None)
        train(run, prompt, lessons, dev, recipe, checkpoint=chosen.work / f"{name}.pt")
        run.fellows.end()
        return margins_of(run.model, prompt, dev)

    return judge


def kept(judge: Judge, work: Path, kind: str) -> Judge:
    """The judge, what it said once kept in `work`; `kind` tells how it was trained."""

    def judged(without: set[str], name: str) -> Margins:
        path = work / f"{kind}-{name}.npy"
        if not path.exists():
            np.save(path, judge(without, f"{kind}-{name}"))
        found: Margins = np.load(path)
        return found

    return judged


def main() -> None:
    """Train all, and print."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    arguments.add_argument("--data", type=Path, required=True, help="folder with train.jsonl.gz and dev.jsonl.gz")
    arguments.add_argument("--work", type=Path, required=True, help="folder for the margins of each run")
    arguments.add_argument("--out", type=Path, required=True, help="folder of the tokenizer")
    arguments.add_argument("--encoder", type=Path, help="the encoder's folder, to start the embeddings from")
    arguments.add_argument("--chunks", type=int, default=4, help="length of each run; 16 are an epoch")
    arguments.add_argument("--width", type=int, default=256)
    arguments.add_argument("--layers", type=int, default=4)
    arguments.add_argument("--device", type=device_for, default="cpu")
    chosen = arguments.parse_args()
    chosen.work.mkdir(parents=True, exist_ok=True)
    rows, dev = read_rows(chosen.data / "train.jsonl.gz"), read_rows(chosen.data / "dev.jsonl.gz")
    recipe = Recipe(chunks=chosen.chunks, language=0.0, every=chosen.chunks)
    parts = parts_of([*rows, *dev], PARTS)
    judges = {"floor": floor_judge(rows, dev), "nano": nano_judge(rows, dev, recipe, chosen)}
    found = {}
    for kind, judge in judges.items():
        how = kind if kind == "floor" else f"{kind}-{chosen.width}x{chosen.layers}x{chosen.chunks}"
        remembered = kept(judge, chosen.work, how)
        found[f"{kind}, left out"] = source_aurocs(dev, left_out(dev, parts, remembered))
        found[f"{kind}, seen"] = source_aurocs(dev, remembered(set(), "of-all"))
    print(f"| source | {' | '.join(found)} |\n|{' --- |' * (len(found) + 1)}")
    for source in found["floor, seen"]:
        print(f"| {source} | {' | '.join(f'{by[source]:.3f}' for by in found.values())} |")
    means = {name: list(by.values()) for name, by in found.items()}
    out, seen = (np.subtract(means[f"nano, {how}"], means[f"floor, {how}"]) for how in ("left out", "seen"))
    means |= {"nano less floor, left out": list(out), "nano less floor, lost by leaving out": list(seen - out)}
    print(json.dumps({name: vars(mean_of(values)) for name, values in means.items()}))


if __name__ == "__main__":
    main()
