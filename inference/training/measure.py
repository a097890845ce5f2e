"""What a finished checkpoint is worth, beside the floor: the table of the model card. Run it once per checkpoint.

    python -m inference.training.measure --data FOLDER [--model FOLDER] [--files dev eval_civil_1000 ...]

Nothing may be chosen by what it says of an `eval_` file.
"""

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score
from transformers import AutoModelForCausalLM, PreTrainedTokenizerBase

from inference.categories import BENIGN, CATEGORIES
from inference.evaluation.evaluate import Figures, Scored, evaluate
from inference.finetuning.row import Row
from inference.reliability.curves import wilson
from inference.scoring.explanation import parse_explanation
from inference.scoring.load_tokenizer import load_tokenizer
from inference.scoring.local_scorer import LocalScorer
from inference.scoring.normalise import normalised
from inference.scoring.rubric import DEFAULT_RUBRIC
from inference.scoring.scorer import load_scorer
from inference.shipped_model import NANO
from inference.training.group_mentions import TERMS, Share, false_positives
from inference.training.labelled_sources import read_rows, row_weights, within_source_auroc
from inference.training.ngram_teacher import features, fit

FILES = ("dev", "eval_civil_1000", "eval_game_chat", "eval_identity")
WRITTEN = 1_000  # messages that are answered with nothing forced
SHOWN = ("n", "auroc_flag", "accuracy", "accuracy_calibrated", "auroc_confidence", "ece_raw", "ece_calibrated")


def figures(rows: Sequence[Row], margins: NDArray[np.float64]) -> Figures:
    """The figures of `manage.py evaluate` for margins of rows."""
    scored = Scored(
        texts=[row.text for row in rows],
        margins=margins,
        flags=np.array([float(row.flag) for row in rows]),
        categories=[row.category for row in rows],
        sources=[row.source for row in rows],
    )
    return evaluate(scored)


def line(name: str, who: str, found: Figures, rows: Sequence[Row], margins: NDArray[np.float64]) -> str:
    """A row of the table: file, model, figures, and the share of benign rows with a margin above 0."""
    numbers = [found[key] for key in SHOWN]
    shown = [
        "-" if number is None else f"{number:.3f}" if isinstance(number, float) else str(number) for number in numbers
    ]
    low, high = found["intervals"]["auroc_flag"]
    benign = np.array([row.flag == 0 and not row.weak for row in rows])
    wrong = float((margins[benign] > 0).mean())
    shown[1] += f" ({low:.3f} to {high:.3f})"
    return f"| {name} | {who} | {' | '.join(shown)} | {wrong:.3f} |"


def mentions(rows: Sequence[Row], margins: NDArray[np.float64]) -> dict[str, str]:
    """False-positive rates in words: of all benign rows, of those that mention a group, and of the worst five terms."""
    shares = false_positives(rows, margins)
    worst = sorted((name for name in shares if name in TERMS), key=lambda name: -shares[name].share)[:5]
    return {name: _said(shares[name]) for name in (*(name for name in shares if name not in TERMS), *worst)}


def _said(found: Share) -> str:
    return f"{found.share:.3f} ({found.low:.3f} to {found.high:.3f}) of {found.n}"


def floor(data: Path, sets: dict[str, list[Row]]) -> dict[str, NDArray[np.float64]]:
    """Margins of the linear n-gram model, fitted on all training rows."""
    rows = read_rows(data / "train.jsonl.gz")
    model = fit(features([row.text for row in rows]), np.array([row.flag for row in rows]), row_weights(rows))
    return {name: model.decision_function(features([row.text for row in found])) for name, found in sets.items()}


def is_whole(written: str) -> bool:
    """Whether an answer is one JSON object with the four keys, each of its kind, and nothing after it."""
    try:
        answer = json.loads(written)
    except ValueError:
        return False
    if not isinstance(answer, dict) or set(answer) != {"flag", "category", "confidence", "reason"}:
        return False
    kinds = isinstance(answer["flag"], bool) and answer["category"] in (BENIGN, *CATEGORIES)
    return kinds and not parse_explanation(written).malformed


def valid_share(model: Path, tokenizer: PreTrainedTokenizerBase, texts: Sequence[str]) -> str:
    """The share of messages that are answered in whole JSON when nothing of the answer is forced, in words."""
    weights, good = AutoModelForCausalLM.from_pretrained(model, dtype="float32").eval(), 0
    for text in texts:
        turns = [
            {"role": "system", "content": DEFAULT_RUBRIC},
            {"role": "user", "content": f'Message to judge: "{text}"'},
        ]
        prompt = tokenizer.apply_chat_template(turns, tokenize=False, add_generation_prompt=True)
        ids = tokenizer(prompt, return_tensors="pt", add_special_tokens=False)["input_ids"]
        written = weights.generate(ids, max_new_tokens=96, do_sample=False)[0, ids.shape[1] :]
        good += is_whole(str(tokenizer.decode(written, skip_special_tokens=True)))
    share = good / len(texts)
    return _said(Share(len(texts), share, *wilson(share, len(texts))))


def margins_of(scorer: LocalScorer, rows: Sequence[Row]) -> NDArray[np.float64]:
    """nano's margins. Shape (rows,)."""
    return np.array([score.margin for score in scorer.score([normalised(row.text) for row in rows])])


def main() -> None:
    """Measure and print."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    arguments.add_argument("--data", type=Path, required=True, help="folder with train.jsonl.gz and the sets")
    arguments.add_argument("--model", type=Path, default=NANO, help="folder of the checkpoint")
    arguments.add_argument("--files", nargs="+", default=list(FILES), help="sets without .jsonl.gz")
    chosen = arguments.parse_args()
    sets = {name: read_rows(chosen.data / f"{name}.jsonl.gz") for name in chosen.files}
    if "eval_identity" in sets:
        sets["wiki_identity_test"] = [row for row in sets["eval_identity"] if row.source == "wiki_identity_test"]
    scorer, linear = load_scorer(str(chosen.model)), floor(chosen.data, sets)
    print(f"| set | model | {' | '.join(SHOWN)} | benign above 0 |\n|{' --- |' * (len(SHOWN) + 3)}")
    for name, rows in sets.items():
        found = {"nano": margins_of(scorer, rows), "floor": linear[name]}
        for who, margins in found.items():
            print(line(name, who, figures(rows, margins), rows, margins), flush=True)
        within = {who: round(within_source_auroc(rows, margins), 4) for who, margins in found.items()}
        for who, margins in found.items():
            print(json.dumps({"set": name, "model": who, "benign_above_0": mentions(rows, margins)}), flush=True)
        flags = [row.flag for row in rows]
        whole = {who: round(float(roc_auc_score(flags, margins)), 4) for who, margins in found.items()}
        recall = figures(rows, found["nano"])["recall_by_category"]
        print(json.dumps({"set": name, "whole": whole, "within": within, "recall_of_nano": recall}), flush=True)
    texts = [row.text[:600] for row in next(iter(sets.values()))[:WRITTEN]]
    print(json.dumps({"valid_json": valid_share(chosen.model, load_tokenizer(str(chosen.model)), texts)}))


if __name__ == "__main__":
    main()
