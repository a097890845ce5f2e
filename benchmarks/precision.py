"""bfloat16 against float32 on this CPU, of the same weights and messages: what registration tries, at length.

The two take turns; ratios are taken within a round. A larger guard model stands for those that a team would choose: its
weights are drawn at random, on which speed does not depend, nor do its margins mean anything.
"""

import sys
from time import process_time

import numpy as np
import torch

from benchmarks.model_shapes import build, chat, scorer_of
from benchmarks.report import Figure, figure, seconds
from inference.scoring.devices import cores
from inference.scoring.local_scorer import LocalScorer

MESSAGES = {
    "nano": {"tiny": 32, "small": 2_000, "full": 10_000},
    "qwen3-0.6b": {"tiny": 0, "small": 48, "full": 300},
}
ROUNDS = {"tiny": 1, "small": 5, "full": 5}
TARGETS = {"nano": (2.0, None), "qwen3-0.6b": (5.0, 12.0)}
"""At least so many times as fast, and so many messages a second, on two cores of a CPU with AMX."""


def run(size: str) -> list[Figure]:
    """Both models one after the other, for both must fit into memory twice."""
    torch.set_num_threads(cores())
    return [each for name in MESSAGES if MESSAGES[name][size] for each in _figures(name, size)]


def _figures(name: str, size: str) -> list[Figure]:
    texts = chat(MESSAGES[name][size])
    scorers: dict[str, LocalScorer] = {}
    for precision in ("float32", "bfloat16"):
        model, prompt = build(name, "cpu", getattr(torch, precision))
        scorers[precision] = scorer_of(model, prompt, name)
        scorers[precision].warm_up()
    speeds: dict[str, list[float]] = {precision: [] for precision in scorers}
    work: dict[str, list[float]] = {precision: [] for precision in scorers}
    for turn in range(ROUNDS[size]):
        print(f"{name}: round {turn + 1} of {ROUNDS[size]}", file=sys.stderr, flush=True)
        for precision, scorer in scorers.items():
            began = process_time()
            speeds[precision].append(len(texts) / seconds(lambda scorer=scorer: scorer.score(texts)))
            work[precision].append(1000 * (process_time() - began) / len(texts))
    ratios = [fast / slow for slow, fast in zip(speeds["float32"], speeds["bfloat16"], strict=True)]
    margins = [np.array([each.margin for each in scorer.score(texts[:500])]) for scorer in scorers.values()]
    apart = np.abs(margins[0] - margins[1])
    least_ratio, least_speed = TARGETS[name] if has_amx() else (None, None)
    note = f"{len(texts):,} messages, {cores()} cores, {'with' if has_amx() else 'without'} AMX"
    return [
        figure("precision", f"{name}, float32", size, "messages/s", speeds["float32"], note=note),
        figure(
            "precision", f"{name}, bfloat16", size, "messages/s", speeds["bfloat16"], at_least=least_speed, note=note
        ),
        figure("precision", f"{name}, bfloat16 over float32", size, "times", ratios, at_least=least_ratio, note=note),
        *(figure("precision", f"{name}, processor, {each}", size, "ms", work[each], note=note) for each in scorers),
        figure("precision", f"{name}, margins apart", size, "", apart.tolist(), note="of the two precisions"),
    ]


def has_amx() -> bool:
    """Whether this CPU multiplies tiles of bfloat16."""
    return bool(torch.cpu._is_amx_tile_supported())
