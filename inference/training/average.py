"""The mean of two checkpoints' weights, one taught on from the other: it may keep what either is better at.

    python -m inference.training.average --data FOLDER --models FIRST SECOND --out FOLDER [--share 0.5]

Says how the two and their mean rank dev, and how many benign rows that mention a group each has above 0.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer, PreTrainedModel

from inference.scorer import load_scorer
from inference.training.data import Row, ranking, read_rows
from inference.training.identity import false_positives
from inference.training.measure import margins_of


@torch.no_grad()
def mean_of(first: PreTrainedModel, second: PreTrainedModel, share: float) -> PreTrainedModel:
    """`first`, moved by a `share` of the way to `second`. Raises ValueError where their shapes differ."""
    others = second.state_dict()
    shapes = [{name: weight.shape for name, weight in weights.items()} for weights in (first.state_dict(), others)]
    if shapes[0] != shapes[1]:
        raise ValueError("only checkpoints of one shape have a mean")
    for name, weight in first.named_parameters():
        weight.lerp_(others[name], share)
    return first


def report(folder: Path, dev: Sequence[Row]) -> str:
    """How a checkpoint ranks dev, and its benign mentions of a group above 0, in words."""
    margins = margins_of(load_scorer(str(folder)), dev)
    found = false_positives(dev, margins).get("any term")
    mentions = f"{found.share:.3f} of {found.n}" if found else "none there"
    return f"{folder}: {ranking(dev, margins)}, benign mentions above 0: {mentions}"


def main() -> None:
    """Average, save as float16, and say what came of it."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    arguments.add_argument("--data", type=Path, required=True, help="folder with dev.jsonl.gz")
    arguments.add_argument("--models", type=Path, nargs=2, required=True, help="folders of the two checkpoints")
    arguments.add_argument("--out", type=Path, required=True, help="folder for the mean and its tokenizer")
    arguments.add_argument("--share", type=float, default=0.5, help="of the second; default 0.5")
    chosen = arguments.parse_args()
    first, second = (AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32) for folder in chosen.models)
    mean_of(first, second, chosen.share).to(torch.float16).save_pretrained(chosen.out)
    AutoTokenizer.from_pretrained(chosen.models[0]).save_pretrained(chosen.out)
    dev = read_rows(chosen.data / "dev.jsonl.gz")
    for folder in (*chosen.models, chosen.out):
        print(report(folder, dev), flush=True)


if __name__ == "__main__":
    main()
