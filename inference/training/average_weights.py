"""The mean of some checkpoints' weights, taught on from each other or from one: it may keep what each is better at.

    python -m inference.training.average_weights --data FOLDER --models FIRST SECOND ... --out FOLDER [--shares S ...]

Says how each and their mean rank dev, and how many benign rows that mention a group each has above 0.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

import torch
from transformers import AutoModelForCausalLM, PreTrainedModel

from inference.finetuning.row import Row
from inference.scoring.load_tokenizer import load_tokenizer
from inference.scoring.scorer import load_scorer
from inference.training.group_mentions import false_positives
from inference.training.labelled_sources import ranking, read_rows
from inference.training.measure import margins_of


@torch.no_grad()
def mean_of(models: Sequence[PreTrainedModel], shares: Sequence[float]) -> PreTrainedModel:
    """The first of the models, with the mean of all their weights, each counting by its share.

    Raises ValueError where their shapes differ, and where there is not a share for each, none below 0.
    """
    every = [model.state_dict() for model in models]
    shapes = [{name: weight.shape for name, weight in each.items()} for each in every]
    if any(each != shapes[0] for each in shapes):
        raise ValueError("only checkpoints of one shape have a mean")
    if len(shares) != len(models) or min(shares) < 0 or not sum(shares):
        raise ValueError(f"{len(models)} models need as many shares, not {shares}")
    for name, weight in models[0].named_parameters():
        weight.copy_(sum(share / sum(shares) * each[name] for share, each in zip(shares, every, strict=True)))
    return models[0]


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
    arguments.add_argument("--models", type=Path, nargs="+", required=True, help="folders of the checkpoints")
    arguments.add_argument("--out", type=Path, required=True, help="folder for the mean and its tokenizer")
    arguments.add_argument("--shares", type=float, nargs="+", help="of each; equal ones if left out")
    chosen = arguments.parse_args()
    models = [AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32) for folder in chosen.models]
    mean_of(models, chosen.shares or [1.0] * len(models)).to(torch.float16).save_pretrained(chosen.out)
    load_tokenizer(str(chosen.models[0])).save_pretrained(chosen.out)
    dev = read_rows(chosen.data / "dev.jsonl.gz")
    for folder in (*chosen.models, chosen.out):
        print(report(folder, dev), flush=True)


if __name__ == "__main__":
    main()
