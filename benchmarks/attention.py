"""Three ways to let packed messages see the rubric and themselves, at several mixes of lengths, in tokens a second.

*Merged*: attention to the prefix and to one's own message apart, merged by their log-sums; what scoring uses.
*Padded*: rows of about one length behind a copy of the prefix each, by transformers itself.
*Masked*: one packed row with a block mask over prefix and all messages, by PyTorch's fused attention.
"""

import random
import sys

import torch
from torch import Tensor
from torch.nn import functional

from benchmarks.model_shapes import build, scorer_of
from benchmarks.report import Figure, figure, seconds
from inference.scoring.batches import Piece
from inference.scoring.local_scorer import Decoder, LocalScorer
from inference.scoring.packed_decoder import PackedDecoder
from inference.scoring.packed_row import PackedRow
from inference.scoring.padded_decoder import PaddedDecoder

MIXES = {"short chat": (3, 20), "chat": (5, 80), "long posts": (120, 240)}
"""Tokens of a message, drawn evenly on a logarithmic scale."""
TOKENS = {"tiny": 500, "small": 10_000, "full": 60_000}
ROUNDS = {"tiny": 1, "small": 3, "full": 3}
MASKED_BUDGET = 1_024
"""A block mask costs the square of its row: 1,024 tokens are its best of 512, 1,024, 2,048 and 4,096."""


class MaskedDecoder(PackedDecoder):
    """One fused attention over prefix and row, by a mask; then nothing is left to merge."""

    def hidden(self, row: PackedRow) -> Tensor:
        longest = row.shape[1]
        owner = torch.div(row.back, longest, rounding_mode="floor")
        order = torch.arange(len(owner))
        own = (owner[:, None] == owner) & (order[:, None] >= order)
        mask = torch.cat([own.new_ones(len(owner), self.offset), own], dim=1)
        states = functional.embedding(row.ids, self.table)
        turns = self._turns_at(row.positions)
        for layer in self.layers:
            queries, keys, values = self._project(layer, states, turns)
            keys = torch.cat([layer.prefix.keys, keys.transpose(0, 1)[None]], dim=2)
            values = torch.cat([layer.prefix.values, values.transpose(0, 1)[None]], dim=2)
            attended = functional.scaled_dot_product_attention(
                queries.transpose(0, 1)[None], keys, values, mask, scale=1.0, enable_gqa=True
            )
            states = self._finish(layer, attended[0].transpose(0, 1), states)
        return self._normed(states, self.norm)[row.reads]


def run(size: str) -> list[Figure]:
    """Rounds of all ways in turn, on nano and on a larger shape."""
    figures = []
    for shape in ("nano", "6.5m"):
        model, prompt = build(shape, "cpu", torch.float32)
        scorer = scorer_of(model, prompt, shape)
        ways: dict[str, tuple[Decoder, int]] = {
            "merged": (scorer._decoder, scorer.budget),
            "padded": (PaddedDecoder(scorer._shared), scorer.budget),
            "masked": (MaskedDecoder(scorer._shared), MASKED_BUDGET),
        }
        for mix, (low, high) in MIXES.items():
            print(f"{shape}, {mix}", file=sys.stderr, flush=True)
            figures += _measured(scorer, ways, drawn(low, high, TOKENS[size]), f"{shape}, {mix}", size)
    return figures


def drawn(low: int, high: int, tokens: int) -> list[Piece]:
    """Messages of random ids, so many tokens of them in all."""
    draw, rows, total = random.Random(0), [], 0
    while total < tokens:
        length = round(low * (high / low) ** draw.random())
        rows.append(Piece(len(rows), 0, [draw.randrange(300, 16_000) for _ in range(length)]))
        total += length
    return rows


def _measured(
    scorer: LocalScorer, ways: dict[str, tuple[Decoder, int]], rows: list[Piece], mix: str, size: str
) -> list[Figure]:
    samples: dict[str, list[float]] = {name: [] for name in ways}
    margins = {}
    tokens = sum(len(row.ids) + len(scorer._tree.ids) for row in rows)
    plain, budget = scorer._decoder, scorer.budget
    for turn in range(ROUNDS[size] + 1):
        for name, (decoder, room) in ways.items():
            scorer._decoder, scorer.budget = decoder, room
            found: list[float] = []
            took = seconds(lambda into=found: into.extend(score.margin for score in scorer._judged(rows)))
            margins[name] = found
            if turn:  # the first round warms up
                samples[name].append(tokens / took)
    scorer._decoder, scorer.budget = plain, budget
    for name, found in margins.items():
        apart = max(abs(one - other) for one, other in zip(found, margins["padded"], strict=True))
        assert apart < 1e-3, f"{name} is off by {apart}"
    return [figure("attention", f"{name}, {mix}", size, "tokens/s", found) for name, found in samples.items()]
