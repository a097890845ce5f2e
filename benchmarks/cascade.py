"""A cascade of two models made for it: what the second reads, what people are spared, and what that costs in time.

    python -m benchmarks --name cascade

The first is nano cut after its first layer, with its answer's row fitted anew on the lines that moddog brings along.
The second is nano as it is shipped. Both judge the demo community, which neither row was fitted on. Scale and
calibrators are cross-fitted on its labels. What is said is how a cascade of a weak and a better model trades, not
how good any model is.
"""

import json
import random
import sys
from collections.abc import Sequence
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from benchmarks import report
from benchmarks.model_shapes import build
from benchmarks.report import Figure, figure
from inference.calibration.logistic import fit_logistic
from inference.evaluation.cascade_tradeoff import Point, trade_off
from inference.finetuning.written_lines import written_lines
from inference.reliability.ranking import auroc
from inference.scoring.cascade import LATER, CascadeScorer, Deferral
from inference.scoring.local_scorer import LocalScorer
from inference.scoring.normalise import normalised
from inference.scoring.prompt import Prompt

Array = NDArray[np.float64]
COMMUNITY = Path(__file__).parent.parent / "review" / "demo" / "community.jsonl"
LINES = {"tiny": 400, "small": 4_000, "full": 4_000}
LAYERS = 1
BATCH = 64
PASSES = 10
SECONDS = 0.5  # that a pass may take before the rest is left for later
ROUNDS = {"tiny": 1, "small": 3, "full": 5}


def run(size: str) -> list[Figure]:
    """A figure of people, error and speed for each band, and how long the longest pass takes."""
    texts, flags, authors = _community(4 if size == "tiny" else 1)
    second = _scorer(*build("nano", "cpu", torch.float32), "nano")
    first = _made(LINES[size])
    margins = [np.array([score.margin for score in scorer.score(texts)]) for scorer in (first, second)]
    found = trade_off(*margins, flags, np.ones(len(flags)), authors)
    figures = [
        figure(
            "cascade", f"AUROC of the {name}", size, "", [auroc(each, flags) or 0.0], note=f"{len(texts):,} messages"
        )
        for name, each in zip(("first", "second"), margins, strict=True)
    ]
    for point in found.points:
        figures += _of(point, size, len(texts), CascadeScorer(first, second, _deferral(point)), texts)
    passes = _passes(CascadeScorer(first, second, Deferral(-1e9, 1e9)), texts)
    note = f"everything is deferred, and a pass begins none after {SECONDS} s"
    return [*figures, figure("cascade", "passes in time", size, "s", passes, note=note)]


def _of(point: Point, size: str, labels: int, scorer: CascadeScorer, texts: Sequence[str]) -> list[Figure]:
    rates = []
    for _ in range(ROUNDS[size]):
        started = perf_counter()
        scorer.score(texts)
        rates.append(len(texts) / (perf_counter() - started))
    name = f"second reads {100 * point.share:.0f} %"
    of = f"{point.read:,} of {labels:,} messages"
    fewer = point.fewer or 0.0
    return [
        figure("cascade", f"{name}, for people", size, "%", _percents(point.people, point.people_interval), note=of),
        figure("cascade", f"{name}, fewer cases", size, "%", _percents(fewer, point.fewer_interval), note=of),
        figure("cascade", f"{name}, wrong alone", size, "%", _percents(point.error or 0.0, point.error_interval)),
        figure("cascade", f"{name}, speed", size, "messages/s", rates),
    ]


def _percents(value: float, interval: tuple[float, float] | None) -> list[float]:
    """The value between the ends of its 95 % interval, as the samples of a figure."""
    return sorted(100.0 * each for each in (value, *(interval or ())))


def _deferral(point: Point) -> Deferral:
    """A band of nothing where the point is the first alone."""
    return Deferral(point.low, point.high, point.slope, point.offset) if point.read else Deferral(1e8, 1e9)


def _passes(scorer: CascadeScorer, texts: Sequence[str]) -> list[float]:
    """Seconds of each of a few passes over what is left."""
    left, passes = list(texts), []
    while left and len(passes) < PASSES:
        started = perf_counter()
        scores = scorer.score_within(left[:128], SECONDS)
        passes.append(perf_counter() - started)
        left = [text for text, score in zip(left[:128], scores, strict=True) if score is LATER] + left[128:]
    return passes


def _community(step: int) -> tuple[list[str], Array, NDArray[np.str_]]:
    """Texts, whether each is a violation, and who wrote it."""
    lines = [json.loads(line) for line in COMMUNITY.read_text(encoding="utf-8").splitlines()][::step]
    flags = np.array([float(line["category"] != "benign") for line in lines])
    return [normalised(line["text"]) for line in lines], flags, np.array([line["author"] for line in lines])


def _made(lines: int) -> LocalScorer:
    """nano's first layers under a row for the answer that is fitted on what they see of written lines."""
    model, prompt = build("nano", "cpu", torch.float32)
    model.model.layers = nn.ModuleList(model.model.layers[:LAYERS])
    model.config.num_hidden_layers = LAYERS
    model.config.layer_types = model.config.layer_types[:LAYERS]
    head = nn.Linear(model.config.hidden_size, model.config.vocab_size, bias=False)
    model.lm_head, model.config.tie_word_embeddings = head, False
    known = written_lines(lines, random.Random(1))
    texts = [normalised(text) for text, _, _ in known]
    violations = np.array([float(flag) for _, flag, _ in known])
    row = fit_logistic(_states(model, prompt, texts), violations, np.ones(len(texts)))[:-1]
    with torch.no_grad():
        head.weight.zero_()
        head.weight[list(prompt.answers.positive)] = torch.tensor(row, dtype=torch.float32)
    return _scorer(model, prompt, f"nano, {LAYERS} of 5 layers")


@torch.inference_mode()
def _states(model: Any, prompt: Prompt, texts: Sequence[str]) -> Array:
    """The last hidden state where the flag is read, for each text: (n, width)."""
    found = []
    for start in range(0, len(texts), BATCH):
        rows = [[*prompt.prefix, *prompt.encode_message(text), *prompt.suffix] for text in texts[start : start + BATCH]]
        ids = torch.zeros(len(rows), max(map(len, rows)), dtype=torch.long)
        for number, row in enumerate(rows):  # what fills up stands behind what is read, and is not seen
            ids[number, : len(row)] = torch.tensor(row)
        states = model.get_decoder()(ids).last_hidden_state
        found.append(states[range(len(rows)), [len(row) - 1 for row in rows]])
    return torch.cat(found).numpy().astype(float)


def _scorer(model: Any, prompt: Prompt, name: str) -> LocalScorer:
    return LocalScorer(model.eval(), prompt, name=name, model_hash="", rubric="")


if __name__ == "__main__":
    print(report.table(run("small")))
    sys.exit(0)
