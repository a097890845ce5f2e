"""nano's first calibrator: a beta calibrator fitted on dev margins and shifted to the share of violations in live chat.

    python -m inference.training.calibrate --data FOLDER [--model FOLDER]

It is provisional: it only stands until reviewers have labelled enough of the real traffic.
"""

import argparse
import json
from pathlib import Path

import numpy as np

from inference.calibration.calibrators import shift_to_prior
from inference.calibration.fitting import fit
from inference.calibration.shipped_calibrator import FILE, described
from inference.scoring.devices import device_for, precision_for
from inference.scoring.fingerprint import as_asked_now
from inference.scoring.normalise import normalised
from inference.scoring.scorer import load_scorer
from inference.shipped_model import NANO
from inference.training.labelled_sources import read_rows, row_weights

LIVE_PRIOR = 0.05


def main() -> None:
    """Fit and write `calibrator.json` beside the weights."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    arguments.add_argument("--data", type=Path, required=True, help="folder with dev.jsonl.gz")
    arguments.add_argument("--model", type=Path, default=NANO, help="folder of the checkpoint")
    chosen = arguments.parse_args()
    rows = read_rows(chosen.data / "dev.jsonl.gz")
    weights = row_weights(rows)
    known = [index for index, row in enumerate(rows) if weights[index] > 0]
    precision = precision_for(device_for(None))
    scorer = load_scorer(str(chosen.model), dtype=precision)
    identity = as_asked_now(scorer.model_hash, precision)
    margins = np.array([score.margin for score in scorer.score([normalised(rows[index].text) for index in known])])
    flags = np.array([rows[index].flag for index in known], dtype=float)
    counts = weights[known] * len(known) / weights[known].sum()
    prior = float(np.average(flags, weights=counts))
    calibrator = shift_to_prior(fit("beta", margins, flags, counts), prior, LIVE_PRIOR)
    beside = described(calibrator, identity, scorer.rubric, len(known), int(flags.sum()))
    beside["fitted_on"]["weighted_prior"] = round(prior, 4)
    beside["shifted_to_prior"] = LIVE_PRIOR
    (chosen.model / FILE).write_text(json.dumps(beside, indent=2) + "\n")
    print(json.dumps(beside))


if __name__ == "__main__":
    main()
