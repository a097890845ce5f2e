"""What nano learns, in which order: rows whose targets are distilled from labels and teachers, and written lines."""

import random
from collections.abc import Iterator, Sequence
from itertools import count
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from inference.finetuning.examples import TrainingExample
from inference.finetuning.row import Row
from inference.training.group_mentions import mentioned
from inference.training.labelled_sources import ranking, read_rows, row_weights
from inference.training.lines_for_training import lines_for_training

CHUNK = 8_192  # examples between checkpoints
NEEDED = ("ngram_teacher.npz", "encoder_teacher.npz")
TEACHERS = (*NEEDED, "self_distillation.npz")
TAUGHT = 0.85  # how much of a target the teachers give
# Benign rows that mention a group are outnumbered by flagged ones, and the teachers learnt it: they count for more, as
# much together as the flagged, and their own label for more than the teachers' opinion.
MENTION_WEIGHT, MENTION_TAUGHT = 1.7, 0.3
WEAK_SHARE, WRITTEN_SHARE = 0.3, 0.5
WRITTEN_TAUGHT = 0.25


def distilled_examples(data: Path, work: Path) -> list[TrainingExample]:
    """An example of each training row, the teachers' opinion mixed into its target; then the written lines.

    `work` holds `ngram_teacher.npz`, `encoder_teacher.npz` and, where an earlier nano teaches too,
    `self_distillation.npz`. How much each teacher is believed is learnt on dev, whose texts none was trained on; the
    earlier nano's own teachers were weighed there, though. Raises FileNotFoundError without the first two.
    """
    rows, dev = read_rows(data / "train.jsonl.gz"), read_rows(data / "dev.jsonl.gz")
    teachers = [np.load(work / name) for name in TEACHERS if name in NEEDED or (work / name).exists()]
    believed = _believed(dev, np.stack([teacher["dev"] for teacher in teachers], axis=1))
    opinions = believed.predict_proba(np.stack([teacher["train"] for teacher in teachers], axis=1))[:, 1]
    encoder = np.load(work / "encoder_teacher.npz")
    examples = [
        distilled(row, float(weight), float(opinion), hint)
        for row, weight, opinion, hint in zip(rows, row_weights(rows), opinions, encoder["train_states"], strict=True)
    ]
    return examples + _written(encoder["written"], encoder["written_states"])


def _believed(dev: Sequence[Row], logits: NDArray[np.float32]) -> LogisticRegression:
    together = LogisticRegression().fit(logits, [row.flag for row in dev], sample_weight=row_weights(dev))
    print(
        f"teachers together, weights {together.coef_[0].round(2)}: {ranking(dev, together.decision_function(logits))}"
    )
    return together


def distilled(row: Row, weight: float, opinion: float, hint: NDArray[np.float16] | None) -> TrainingExample:
    """A row whose target is mostly the teachers' opinion of it (0 to 1), and how much it counts."""
    if row.weak:
        return TrainingExample(row, opinion, WEAK_SHARE, hint)
    benign_mention = row.flag == 0 and bool(mentioned(row.text))
    share = MENTION_TAUGHT if benign_mention else TAUGHT
    target = share * opinion + (1.0 - share) * row.target
    return TrainingExample(row, target, weight * (MENTION_WEIGHT if benign_mention else 1.0), hint)


def _written(logits: NDArray[np.float32], hints: NDArray[np.float16]) -> list[TrainingExample]:
    chances = 1.0 / (1.0 + np.exp(-logits))
    return [
        TrainingExample(
            Row(text, flag, category, None, "written"),
            (1.0 - WRITTEN_TAUGHT) * (0.97 if flag else 0.03) + WRITTEN_TAUGHT * float(chance),
            WRITTEN_SHARE,
            hint,
        )
        for (text, flag, category), chance, hint in zip(lines_for_training(), chances, hints, strict=True)
    ]


def epoch_of(examples: Sequence[TrainingExample], epoch: int, seed: int) -> list[TrainingExample]:
    """The examples of one epoch in random order: each as often as its weight says, then counting as one."""
    draw = random.Random(f"{seed}-{epoch}")
    taken = [example for example in examples for _ in range(int(example.weight + draw.random()))]
    draw.shuffle(taken)
    return [TrainingExample(example.row, example.target, 1.0, example.hint) for example in taken]


def chunks(examples: Sequence[TrainingExample], seed: int) -> Iterator[list[TrainingExample]]:
    """Chunks without end, one epoch after another."""
    for epoch in count():
        taken = epoch_of(examples, epoch, seed)
        yield from (taken[start : start + CHUNK] for start in range(0, len(taken), CHUNK))
