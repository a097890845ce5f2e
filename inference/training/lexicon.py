"""What single tokens say by themselves: linear weights for the flag and for each category, to start embeddings from.

A rare token is met a few times in a whole training run; a linear model that sees all rows at once knows it already.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from sklearn.linear_model import SGDClassifier

from inference.categories import CATEGORIES
from inference.finetuning.examples import LONGEST, TrainingExample
from inference.scoring.prompt import Prompt

STEEPEST = 3.0  # standard deviations at which a weight is cut


def lexicon(examples: Sequence[TrainingExample], prompt: Prompt) -> NDArray[np.float32]:
    """Standardised weights of every token: the flag's, then each category's among the flagged.

    Shape (vocabulary, 1 + categories); zero for tokens that no example has.
    """
    known = [example for example in examples if not example.row.weak and example.weight > 0]
    counts = _counts(known, prompt)
    flags = np.array([example.row.flag for example in known])
    weights = np.array([example.weight for example in known])
    columns = [_weights(counts, flags, weights)]
    flagged = np.array([example.row.flag == 1 and example.row.category in CATEGORIES for example in known])
    names = np.array([str(example.row.category) for example in known])[flagged]
    columns += [_weights(counts[flagged], (names == name).astype(int), None) for name in CATEGORIES]
    table = np.stack(columns, axis=1)
    scaled: NDArray[np.float32] = np.clip(table / table.std(axis=0), -STEEPEST, STEEPEST).astype(np.float32)
    return scaled


def _counts(examples: Sequence[TrainingExample], prompt: Prompt) -> csr_matrix:
    """Which tokens each message has, rows scaled to length one. Shape (examples, vocabulary)."""
    ids = [sorted(set(prompt.encode_message(example.row.text[: LONGEST * 8])[:LONGEST])) for example in examples]
    ends = np.cumsum([0, *(len(row) for row in ids)])
    values = np.concatenate([np.full(len(row), 1.0 / max(len(row), 1) ** 0.5) for row in ids])
    shape = (len(examples), len(prompt.tokenizer))
    return csr_matrix((values, np.concatenate([np.array(row, dtype=int) for row in ids]), ends), shape=shape)


def _weights(counts: csr_matrix, flags: NDArray[np.int64], weights: NDArray[np.float64] | None) -> NDArray[np.float64]:
    balance = None if weights is not None else "balanced"
    model = SGDClassifier(
        loss="log_loss", alpha=3e-6, max_iter=6, tol=None, average=True, random_state=0, class_weight=balance
    )
    coefficients: NDArray[np.float64] = model.fit(counts, flags, sample_weight=weights).coef_[0]
    return coefficients
