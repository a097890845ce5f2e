"""The words that nano has read and no dictionary of English has: slang, insults, names of games.

    python -m inference.training.known_words --data FOLDER

Disguises are undone into words, and what comes out as none is no plain text: so it must be known what words there are.
A word is on the list by itself, without the texts that it comes from.
"""

import argparse
import re
from collections import Counter, defaultdict
from pathlib import Path

from inference.scoring.word_costs import KNOWN, is_listed
from inference.training.labelled_sources import read_rows

LEAST_TEXTS, LEAST_SOURCES = 8, 3
"""So many texts of so many sources must have a word: fewer are typing errors, disguises, and names of people."""
WORD = re.compile(r"(?<![\w@#'’.-])[a-z]{3,20}(?![\w@'’-]|\.\w)")  # noqa: RUF001 - an apostrophe, too

STRETCHED = re.compile(r"(.)\1\1")


def main() -> None:
    """Count and write the list."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    arguments.add_argument("--data", type=Path, required=True, help="folder with train.jsonl.gz")
    chosen = arguments.parse_args()
    texts: Counter[str] = Counter()
    sources: defaultdict[str, set[str]] = defaultdict(set)
    for row in read_rows(chosen.data / "train.jsonl.gz"):
        for word in set(WORD.findall(row.text.lower())):
            texts[word] += 1
            sources[word].add(row.source)
    words = sorted(
        word
        for word, count in texts.items()
        if count >= LEAST_TEXTS
        and len(sources[word]) >= LEAST_SOURCES
        and not is_listed(word)
        and not STRETCHED.search(word)
    )
    KNOWN.write_text("\n".join(words) + "\n", encoding="utf-8")
    print(f"{len(words):,} words")


if __name__ == "__main__":
    main()
