"""Labelled texts scored by several models in turn, so that what slows the machine down slows all of them alike."""

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import TYPE_CHECKING

import numpy as np
from tqdm import tqdm

from inference.evaluation.evaluate import Scored
from inference.evaluation.labelled_texts import LabelledText
from inference.scoring.normalise import normalised

if TYPE_CHECKING:
    from inference.scoring.text_score import Scorer, TextScore

CHUNK = 256
"""Texts between two steps of the progress bar, at most."""
ROUNDS = 12
"""In which a file is scored at least, where it has so many texts: from six on, an interval of speeds can be had."""


@dataclass(frozen=True)
class Pass:
    """What one model said of each text, in order, and the seconds that it took in each round."""

    scores: "list[TextScore]"
    seconds: list[float]

    @property
    def messages_per_second(self) -> float:
        return len(self.scores) / sum(self.seconds)

    @property
    def third_share(self) -> float | None:
        """The share of texts of which the third answer was the likeliest; None where the format has none."""
        said = [score.third for score in self.scores if score.third is not None]
        return sum(said) / len(said) if said else None


def as_read(rows: Sequence[LabelledText]) -> list[str]:
    """The texts as a model reads them, and as live messages are judged."""
    return [normalised(row.text) for row in rows]


def in_turn(scorers: "Sequence[Scorer]", texts: Sequence[str]) -> list[Pass]:
    """Each model's pass over the texts: in every round all read the same ones, and another one begins."""
    passes = [Pass([], []) for _ in scorers]
    models = list(zip(scorers, passes, strict=True))
    if len(models) > 1:  # what is slow only the first time belongs to no round
        for scorer in scorers:
            scorer.warm_up()
    size = min(CHUNK, -(-len(texts) // ROUNDS)) if len(models) > 1 else CHUNK
    for turn, chunk in enumerate(chunks(texts, size, "scoring")):
        first = turn % len(models)
        for scorer, own in (*models[first:], *models[:first]):
            started = perf_counter()
            own.scores.extend(scorer.score(chunk))
            own.seconds.append(perf_counter() - started)
    return passes


def scored(rows: Sequence[LabelledText], texts: Sequence[str], scores: "Sequence[TextScore]") -> Scored:
    """Labels and margins side by side, without the written confidence."""
    return Scored(
        texts=texts,
        margins=np.array([score.margin for score in scores]),
        flags=np.array([float(row.flag) for row in rows]),
        categories=[row.category for row in rows],
        sources=[row.source for row in rows],
    )


def chunks(texts: Sequence[str], size: int, doing: str) -> Iterator[Sequence[str]]:
    """So many texts at a time, with a progress bar where somebody looks."""
    starts = range(0, len(texts), size)
    return (texts[at : at + size] for at in tqdm(starts, desc=doing, disable=not sys.stderr.isatty()))
