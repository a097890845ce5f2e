"""Which emoji nano reads: its tokenizer leaves out those that it was not taught enough of to know what they mean.

    python -m inference.training.read_emoji --data FOLDER [--model FOLDER]

An emoji that the texts to learn from hardly have moves a margin by chance. One that they have, and that moves no
everyday line by more than MOST_MOVED, is read wherever it stands; one that moves them, for it is mostly used to hurt
somebody, only where it stands in the place of a word ("i will 🔪 you"), and not as an ornament behind a line.
"""

import argparse
import json
import random
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tokenizers import Regex, Tokenizer, normalizers

from inference.calibration.calibrator_json import from_json
from inference.calibration.shipped_calibrator import FILE
from inference.finetuning.row import Row
from inference.scoring.normalise import normalised
from inference.scoring.scorer import load_scorer
from inference.shipped_model import NANO
from inference.training.everyday_lines import everyday_lines
from inference.training.labelled_sources import read_rows

FEWEST_TEXTS = 10
"""Of those to learn from: an emoji in fewer is none that was learnt."""
MOST_MOVED = 0.1
"""How far an emoji that is read anywhere may move the probability of an everyday line, and what it may have alone."""
LINES = 40
FORMS = ("{0} {1}", "{1} {0}", "{0} {1}{1}{1}")
PICTURE = "[\u231a\u231b\u23e9-\u23f3\u2600-\u27bf\u2b00-\u2bff\U0001f000-\U0001f1e5\U0001f200-\U0001faff]"
AROUND = "[\ufe0f\U0001f3fb-\U0001f3ff]*"
SIGN = f"(?:[\U0001f1e6-\U0001f1ff]{{1,2}}|[0-9#*]\ufe0f?\u20e3|{PICTURE}{AROUND}(?:\u200d{PICTURE}{AROUND})*)"
"""One emoji: a flag, a key of a telephone, or a picture with its skin, its kind, and what is joined to it."""
FIRST = f"(?={PICTURE}|[\U0001f1e6-\U0001f1ff]|[0-9#*]\ufe0f?\u20e3)"
"""What every one of them begins with: asked first, since most characters are none."""
NONE = "(?!)"  # fits nothing
BEFORE_A_NOUN = "a|an|the|you|u|ur|your|all|these|those|of|like|with"
EMOJI = re.compile(SIGN)


def rule(anywhere: Iterable[str], for_words: Iterable[str]) -> str:
    """The expression of what the tokenizer leaves out, each with one blank, for the engine of `tokenizers` (Oniguruma).

    `anywhere` are the emoji that are read wherever they stand, `for_words` those that are only in a word's place.
    """
    alternatives = ["|".join(sorted(signs)) or NONE for signs in (anywhere, for_words)]
    end = "(?![\u200d\ufe0f\U0001f3fb-\U0001f3ff])"
    kept = f"(?!(?:{alternatives[0]})\ufe0f?{end})"
    words = f"(?:{alternatives[1]})\ufe0f?{end}"
    inside = f"(?!(?<=[\\p{{L}}] ){words} ?\\p{{L}})(?!(?<=\\b(?:{BEFORE_A_NOUN}) ){words})"
    left_out = f"{FIRST}{kept}{inside}{SIGN}"
    return f"\\A(?:{left_out} ?)+| ?{left_out}"


def bare(sign: str) -> str:
    """An emoji without the mark that says it is to be drawn as one."""
    return sign.replace("\ufe0f", "")


def learnt(rows: Sequence[Row]) -> list[str]:
    """The emoji that at least FEWEST_TEXTS of the texts have, as nano is given texts."""
    seen = Counter(sign for row in rows for sign in {bare(each) for each in EMOJI.findall(normalised(row.text))})
    return sorted(sign for sign, texts in seen.items() if texts >= FEWEST_TEXTS)


def read_anywhere(model: Path, signs: Sequence[str], draw: random.Random) -> list[str]:
    """Those of the emoji that move no everyday line by more than MOST_MOVED, and have no more by themselves."""
    scorer = load_scorer(str(model), device="cpu")
    calibrator = from_json(json.loads((NANO / FILE).read_text(encoding="utf-8")))

    def probabilities(texts: Sequence[str]) -> NDArray[np.float64]:
        margins = [score.margin for score in scorer.score([normalised(text) for text in texts])]
        return np.asarray(calibrator.predict(np.array(margins)))

    lines = [line for line in everyday_lines(10 * LINES, draw) if not EMOJI.search(line)][:LINES]
    alone = probabilities(lines)
    chosen = []
    for sign in signs:
        moved = (np.abs(probabilities([form.format(line, sign) for line in lines]) - alone).max() for form in FORMS)
        if max(probabilities([sign])[0], *moved) <= MOST_MOVED:
            chosen.append(sign)
    return chosen


def write(model: Path, left_out: str | None) -> None:
    """Put into the checkpoint's tokenizer what it leaves out of every text; None: nothing."""
    path = str(model / "tokenizer.json")
    engine = Tokenizer.from_file(path)
    steps = [normalizers.NFC(), *([normalizers.Replace(Regex(left_out), "")] if left_out else [])]
    engine.normalizer = normalizers.Sequence(steps)
    engine.save(path, pretty=False)


def main() -> None:
    """Choose by the training texts and lines written for it, and write it into the tokenizer."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    arguments.add_argument("--data", type=Path, required=True, help="folder with train.jsonl.gz")
    arguments.add_argument("--model", type=Path, default=NANO, help="folder of the checkpoint")
    chosen = arguments.parse_args()
    write(chosen.model, None)
    signs = learnt(read_rows(chosen.data / "train.jsonl.gz"))
    anywhere = read_anywhere(chosen.model, signs, random.Random(1))
    for_words = [sign for sign in signs if sign not in anywhere]
    write(chosen.model, rule(anywhere, for_words))
    print(f"{len(anywhere)} emoji are read anywhere, {len(for_words)} only in the place of a word", flush=True)


if __name__ == "__main__":
    main()
