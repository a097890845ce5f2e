"""What size and length of a run buy: parameters, accuracy on dev, and the scorer's speed, for short runs from scratch.

    python -m inference.training.sizes --data FOLDER --work FOLDER --out FOLDER [--encoder FOLDER] [--runs 256x4x8 ...]

A run is named by width x layers x chunks. All learn from the teachers' opinions in `--work`, as the shipped one does;
`--out` holds the tokenizer. Each run's weights stay in `--work`, so a stopped command goes on.
Prints a Markdown table.
"""

import argparse
import shutil
import time
from pathlib import Path

import numpy as np
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from inference.scoring.devices import device_for
from inference.scoring.normalise import normalised
from inference.scoring.prompt import Prompt
from inference.scoring.scorer import load_scorer
from inference.training.data import read_rows
from inference.training.lessons import CHUNK, lessons_of
from inference.training.run import Recipe, Run, start_tokens
from inference.training.train import report, train

RUNS = ("128x3x4", "192x4x4", "256x4x4", "384x4x4", "128x3x8", "256x4x8")
PASSES, SPEED_ROWS = 5, 2_000


def sizes_of(folder: Path) -> tuple[float, float]:
    """Millions of parameters of a checkpoint: all, and those outside the token table."""
    model = AutoModelForCausalLM.from_pretrained(folder)
    table = model.get_input_embeddings().weight.numel()
    return model.num_parameters() / 1e6, (model.num_parameters() - table) / 1e6


def speeds(folder: Path, texts: list[str]) -> list[float]:
    """Messages per second of each of several passes of the product's scorer, slowest first, after one to warm up."""
    scorer, found = load_scorer(str(folder)), []
    for _ in range(PASSES + 1):
        began = time.perf_counter()
        scorer.score(texts)
        found.append(len(texts) / (time.perf_counter() - began))
    return sorted(found[1:])


def main() -> None:
    """Train each, measure, and print."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    arguments.add_argument("--data", type=Path, required=True, help="folder with train.jsonl.gz and dev.jsonl.gz")
    arguments.add_argument("--work", type=Path, required=True, help="folder of both teachers' opinions and of the runs")
    arguments.add_argument("--out", type=Path, required=True, help="folder of the tokenizer")
    arguments.add_argument("--encoder", type=Path, help="the encoder's folder, to start the embeddings from")
    arguments.add_argument("--runs", nargs="+", default=list(RUNS), help="width x layers x chunks, as 256x4x8")
    arguments.add_argument("--device", type=device_for, default=device_for(None))
    chosen = arguments.parse_args()
    tokenizer = AutoTokenizer.from_pretrained(chosen.out)
    prompt, dev = Prompt(tokenizer), read_rows(chosen.data / "dev.jsonl.gz")
    lessons = lessons_of(chosen.data, chosen.work)
    texts = [normalised(row.text) for row in dev[:SPEED_ROWS]]
    print("| width x layers | rows | parameters (outside the table) | dev | within sources | minutes | messages/s |")
    print(f"|{' --- |' * 7}")
    for name in chosen.runs:
        width, layers, count = (int(part) for part in name.split("x"))
        run = Run.begin(prompt, width=width, layers=layers, seed=0, device=chosen.device)
        folder = chosen.work / name
        if (checkpoint := chosen.work / f"{name}.pt").exists():
            run.load(checkpoint)
        else:
            start_tokens(run, prompt, lessons, chosen.encoder, chosen.work / "encoder.pt")
        train(run, prompt, lessons, dev, Recipe(chunks=count, every=count + 1), checkpoint=checkpoint)
        run.fellows.end()
        ranked = report(run.model, prompt, dev)
        shutil.copytree(chosen.out, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("*.safetensors"))
        run.model.to(torch.float16).save_pretrained(folder)
        (whole, body), rates = sizes_of(folder), speeds(folder, texts)
        speed = f"{np.median(rates):,.0f} ({rates[0]:,.0f} to {rates[-1]:,.0f})"
        print(
            f"| {width} x {layers} | {count * CHUNK:,} | {whole:.1f} ({body:.1f}) million | {ranked['overall']:.3f} |"
            f" {ranked['within']:.3f} | {run.seconds / 60.0:.0f} | {speed} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
