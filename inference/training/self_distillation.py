"""Self-distillation: an earlier nano as the third teacher, by its margins.

    python -m inference.training.self_distillation --data FOLDER --work FOLDER [--model FOLDER]

It writes `self_distillation.npz` with the margins of every training row (`train`) and of dev (`dev`). It has met
the training rows, but is too small to remember many of them.
"""

import argparse
from pathlib import Path

import numpy as np
from tqdm import tqdm

from inference.scoring.normalise import normalised
from inference.scoring.scorer import load_scorer
from inference.shipped_model import NANO
from inference.training.labelled_sources import ranking, read_rows

AT_ONCE = 4_096
CHARACTERS = 1_000  # the rest of a long comment says little more


def main() -> None:
    """Read all rows, report on dev and save."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    arguments.add_argument("--data", type=Path, required=True, help="folder with train.jsonl.gz and dev.jsonl.gz")
    arguments.add_argument("--work", type=Path, required=True, help="folder for what training leaves behind")
    arguments.add_argument("--model", type=Path, default=NANO, help="folder of the earlier checkpoint")
    chosen = arguments.parse_args()
    chosen.work.mkdir(parents=True, exist_ok=True)
    scorer, margins = load_scorer(str(chosen.model)), {}
    for name in ("dev", "train"):
        texts = [normalised(row.text[:CHARACTERS]) for row in read_rows(chosen.data / f"{name}.jsonl.gz")]
        parts = tqdm(range(0, len(texts), AT_ONCE), desc=name)
        found = [score.margin for start in parts for score in scorer.score(texts[start : start + AT_ONCE])]
        margins[name] = np.array(found, dtype=np.float32)
    print(f"dev: {ranking(read_rows(chosen.data / 'dev.jsonl.gz'), margins['dev'])}", flush=True)
    np.savez_compressed(chosen.work / "self_distillation.npz", **margins)


if __name__ == "__main__":
    main()
