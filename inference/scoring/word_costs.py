"""How usual the words of a text are, and what words a run of letters is made of. Pure.

The words are those of wordninja's list, and those that nano has read besides (`known_words.txt`).
"""

import re
from copy import copy
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any

UNKNOWN_COST = 18.0
"""Of a word that is not on the list; the rarest that is costs 14.2, "the" 2.5."""
KNOWN = Path(__file__).parent / "known_words.txt"
"""What `python -m inference.training.known_words` writes."""
KNOWN_COST = 14.3
MOST_READ = 24
"""Words of a text that are looked at."""
WORD = re.compile(r"[^\W\d_]{3,}")


def cost(word: str) -> float:
    """How rare a word is: the negative logarithm of its frequency, or UNKNOWN_COST."""
    return float(_model()._wordcost.get(word.lower(), UNKNOWN_COST))


def is_listed(word: str) -> bool:
    """Whether wordninja's own list has a word in small letters."""
    return word in _wordninja()._wordcost


def mean_cost(text: str) -> float:
    """The mean of `cost` over words of three letters and more, of the text's beginning; 0 where it has none."""
    costs = [cost(found.group()) for found in islice(WORD.finditer(text), MOST_READ)]
    return sum(costs) / len(costs) if costs else 0.0


def split(letters: str) -> list[str]:
    """The words that letters without blanks are likeliest made of."""
    return list(_model().split(letters))


@cache
def _model() -> Any:
    """wordninja's, with the words that nano has read besides."""
    model = copy(_wordninja())
    known = dict.fromkeys(KNOWN.read_text(encoding="utf-8").split(), KNOWN_COST)
    model._wordcost = known | model._wordcost
    return model


@cache
def _wordninja() -> Any:
    import wordninja  # noqa: PLC0415 - reads its list when it is imported

    return wordninja.DEFAULT_LANGUAGE_MODEL
