"""The floor and the teacher: a linear model on hashed word and character n-grams.

    python -m inference.training.ngram_teacher --data FOLDER --work FOLDER

It writes `ngram_teacher.npz` with the out-of-fold logits of every training row (`train`), so that what is distilled is
never what the teacher was fitted on, and `dev` logits of a model fitted on all rows.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, hstack
from sklearn.feature_extraction.text import HashingVectorizer
from sklearn.linear_model import SGDClassifier

from inference.finetuning.row import Row
from inference.training.labelled_sources import folds, ranking, read_rows, row_weights

FOLDS = 3
WORD = r"(?u)\b\w+\b|[^\w\s]"
LONGEST = 1_000  # characters: the rest of a long comment says little more


def features(texts: Sequence[str]) -> csr_matrix:
    """Hashed counts of word 1-2-grams and character 2-5-grams within words; shape (texts, 2**21)."""
    cut = [text[:LONGEST].lower() for text in texts]
    words = HashingVectorizer(n_features=2**20, ngram_range=(1, 2), token_pattern=WORD)
    characters = HashingVectorizer(n_features=2**20, ngram_range=(2, 5), analyzer="char_wb")
    return hstack([words.transform(cut), characters.transform(cut)], format="csr", dtype=np.float32)


def fit(matrix: csr_matrix, flags: NDArray[np.int64], weights: NDArray[np.float64]) -> SGDClassifier:
    """A logistic regression by averaged stochastic gradient descent, on the rows that count."""
    model = SGDClassifier(loss="log_loss", alpha=2e-7, max_iter=8, tol=None, average=True, random_state=0)
    used = weights > 0
    return model.fit(matrix[used], flags[used], sample_weight=weights[used])


def out_of_fold(matrix: csr_matrix, rows: Sequence[Row]) -> NDArray[np.float32]:
    """Each row's logit by a model that saw neither it nor a copy of it. Shape (rows,)."""
    flags, weights, fold = np.array([row.flag for row in rows]), row_weights(rows), folds(rows, FOLDS)
    logits = np.zeros(len(rows), dtype=np.float32)
    for held_out in range(FOLDS):
        model = fit(matrix, flags, np.where(fold == held_out, 0.0, weights))
        logits[fold == held_out] = model.decision_function(matrix[fold == held_out])
        print(f"fold {held_out + 1} of {FOLDS} done", flush=True)
    return logits


def main() -> None:
    """Fit, report on dev and save."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    arguments.add_argument("--data", type=Path, required=True, help="folder with train.jsonl.gz and dev.jsonl.gz")
    arguments.add_argument("--work", type=Path, required=True, help="folder for what training leaves behind")
    chosen = arguments.parse_args()
    chosen.work.mkdir(parents=True, exist_ok=True)
    rows, dev = read_rows(chosen.data / "train.jsonl.gz"), read_rows(chosen.data / "dev.jsonl.gz")
    matrix = features([row.text for row in rows])
    print(f"{matrix.shape[0]} rows, {matrix.nnz} n-grams", flush=True)
    flags = np.array([row.flag for row in rows])
    whole = fit(matrix, flags, row_weights(rows))
    margins = whole.decision_function(features([row.text for row in dev]))
    print(f"dev: {ranking(dev, margins)}", flush=True)
    np.savez_compressed(
        chosen.work / "ngram_teacher.npz", dev=margins.astype(np.float32), train=out_of_fold(matrix, rows)
    )


if __name__ == "__main__":
    main()
