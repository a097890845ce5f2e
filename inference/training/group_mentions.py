"""Whether mentioning a group makes a benign message look worse: false-positive rates by what is mentioned. Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from inference.finetuning.row import Row
from inference.reliability.curves import wilson

TERMS = (
    *("gay", "gays", "lesbian", "lesbians", "bisexual", "transgender", "trans", "queer", "homosexual"),
    *("muslim", "muslims", "islam", "jew", "jews", "jewish", "christian", "christians", "catholic", "hindu", "atheist"),
    *("black", "white", "asian", "asians", "african", "mexican", "latino", "hispanic", "arab", "chinese", "indian"),
    *("woman", "women", "female", "man", "men", "male", "immigrant", "immigrants", "refugees"),
    *("disabled", "deaf", "blind", "autistic", "old", "elderly"),
)
_TERM = re.compile(rf"\b(?:{'|'.join(TERMS)})\b", re.IGNORECASE)
LEAST = 30  # benign rows with a term, below which it is not shown by itself


@dataclass(frozen=True)
class Share:
    """The share of n benign rows whose margin is above 0, with Wilson's 95 % interval."""

    n: int
    share: float
    low: float
    high: float


def mentioned(text: str) -> set[str]:
    """The terms in a text, in lower case."""
    return {found.lower() for found in _TERM.findall(text)}


def false_positives(rows: Sequence[Row], margins: NDArray[np.float64]) -> dict[str, Share]:
    """Shares among benign rows: "all", with "no term", with "any term", and with each term that enough of them have."""
    benign = [(mentioned(row.text), margin > 0.0) for row, margin in zip(rows, margins, strict=True) if _is_benign(row)]
    wrong = {"all": [is_wrong for _, is_wrong in benign]}
    wrong["no term"] = [is_wrong for terms, is_wrong in benign if not terms]
    wrong["any term"] = [is_wrong for terms, is_wrong in benign if terms]
    for term in TERMS:
        wrong[term] = [is_wrong for terms, is_wrong in benign if term in terms]
    kept = {name: found for name, found in wrong.items() if len(found) >= (LEAST if name in TERMS else 1)}
    return {name: _share(np.array(found)) for name, found in kept.items()}


def _is_benign(row: Row) -> bool:
    return row.flag == 0 and not row.weak


def _share(wrong: NDArray[np.bool_]) -> Share:
    share = float(wrong.mean())
    low, high = wilson(share, len(wrong))
    return Share(len(wrong), share, low, high)
