"""Train nano, from scratch or from an earlier one; it goes on from its last checkpoint where there is one.

    python -m inference.training.train --data FOLDER --work FOLDER --out FOLDER [--start FOLDER] [--encoder FOLDER]

`--work` holds the teachers' opinions and the checkpoint, which has the name of `--out`. That
one gets the weights, and already holds the tokenizer, unless it is to be that of `--start`. Every draw is seeded by
epoch and chunk, so a run that was stopped goes on as if it had not been, on as many cores.
"""

import argparse
import json
import math
import random
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from sklearn.metrics import roc_auc_score
from transformers import Qwen2ForCausalLM

from inference.finetuning.examples import TrainingExample, collate, encode_examples, micro_batches
from inference.finetuning.margins_in_training import margins_of
from inference.finetuning.row import Row
from inference.scoring.devices import device_for
from inference.scoring.load_tokenizer import load_tokenizer
from inference.scoring.prompt import Prompt
from inference.training.data_parallel import Task
from inference.training.distilled_examples import CHUNK, chunks, distilled_examples
from inference.training.group_swaps import swapped_and_disguised
from inference.training.labelled_sources import read_rows, within_source_auroc
from inference.training.other_rubrics import RUBRICS
from inference.training.training_run import Recipe, TrainingRun, start_tokens

ROWS, MICRO = 64, 2  # rows of a micro-batch, micro-batches of a step
HINTS_UNTIL, WARM_UNTIL, AVERAGE_FROM = 0.8, 0.03, 0.9  # shares of the run
ANSWERS_FROM, ANSWERED = 0.6, (0.04, 0.2)  # share of the run; share of rows that learn a whole answer before and after
OTHER_RUBRICS = 0.2  # share of micro-batches behind another rubric, so that an edited one does not upset the margins


def rate_at(progress: float) -> float:
    """The share of the full learning rate at a share of the run: a short warm-up, then a cosine down to 2 %."""
    if progress < WARM_UNTIL:
        return progress / WARM_UNTIL
    return 0.02 + 0.98 * 0.5 * (1.0 + math.cos(math.pi * (progress - WARM_UNTIL) / (1.0 - WARM_UNTIL)))


def train_chunk(
    run: TrainingRun, prompt: Prompt, examples: list[TrainingExample], number: int, recipe: Recipe
) -> float:
    """Learn the chunk of this number. Returns the flag's mean loss."""
    draw = random.Random(f"{recipe.seed}-chunk-{number}")
    torch.manual_seed(draw.randrange(2**31))
    answered = ANSWERED[number >= ANSWERS_FROM * recipe.chunks]
    groups = micro_batches(
        encode_examples(examples, prompt, draw, change=swapped_and_disguised, answered=answered), ROWS, draw
    )
    others = [Prompt(prompt.tokenizer, rubric).prefix for rubric in RUBRICS]
    hinted = float(examples[0].hint is not None)
    losses: list[float] = []
    for start in range(0, len(groups), MICRO):
        progress = (number + start / len(groups)) / recipe.chunks
        for optimizer in run.optimizers:
            for group in optimizer.param_groups:
                group["lr"] = recipe.rate * group["scale"] * rate_at(progress)
        taken = [
            (group, draw.choice(others) if draw.random() < OTHER_RUBRICS else prompt.prefix)
            for group in groups[start : start + MICRO]
        ]
        shares = (hinted - progress / HINTS_UNTIL, 1.0 - progress / max(recipe.language, 1e-9))
        # Every process gets rows of every length, so that none waits for another.
        parts = [
            [
                Task(collate(part), prefix, *shares)
                for group, prefix in taken
                if (part := group[each :: run.workers.count])
            ]
            for each in range(run.workers.count)
        ]
        losses += run.workers.learn(parts)
        torch.nn.utils.clip_grad_norm_(run.model.parameters(), 1.0)
        for optimizer in run.optimizers:
            optimizer.step()
    return float(np.mean(losses))


def report(model: Qwen2ForCausalLM, prompt: Prompt, dev: Sequence[Row]) -> dict[str, float]:
    """How well dev is ranked: within sources, which decides, and over all."""
    margins = margins_of(model, prompt, dev)
    overall = float(roc_auc_score([row.flag for row in dev], margins))
    known = [index for index, row in enumerate(dev) if not row.weak]
    strict = float(roc_auc_score([dev[index].flag for index in known], margins[known]))
    return {"within": within_source_auroc(dev, margins), "overall": overall, "without_weak": strict}


def train(
    run: TrainingRun,
    prompt: Prompt,
    examples: Sequence[TrainingExample],
    dev: Sequence[Row],
    recipe: Recipe,
    *,
    checkpoint: Path,
) -> None:
    """Every chunk from where the run stands, with a checkpoint after each and dev now and then."""
    for number, chunk in enumerate(chunks(examples, recipe.seed)):
        if number < run.chunk:
            continue
        if number >= recipe.chunks:
            break
        began = time.monotonic()
        value = train_chunk(run, prompt, chunk, number, recipe)
        seconds = time.monotonic() - began
        run.chunk = number + 1
        if run.chunk > AVERAGE_FROM * recipe.chunks:
            run.add_to_average()
        run.save(checkpoint)
        print(
            f"chunk {run.chunk}/{recipe.chunks}: flag loss {value:.4f}, {len(chunk) / seconds:.0f} rows/s", flush=True
        )
        if run.chunk % recipe.every == 0:
            print(json.dumps(report(run.model, prompt, dev)), flush=True)


def finish(run: TrainingRun, prompt: Prompt, dev: Sequence[Row], out: Path) -> None:
    """Keep the averaged weights or the last ones, whichever rank dev better within sources; save as float16."""
    last = {name: value.clone() for name, value in run.model.state_dict().items()}
    ranked = {"last": report(run.model, prompt, dev)}
    run.model.load_state_dict(run.average)
    ranked["average"] = report(run.model, prompt, dev)
    if ranked["last"]["within"] > ranked["average"]["within"]:
        run.model.load_state_dict(last)
    print(json.dumps(ranked), flush=True)
    run.model.to(torch.float16).save_pretrained(out)


def parse() -> argparse.Namespace:
    """The command line."""
    usual = Recipe()
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    arguments.add_argument("--data", type=Path, required=True, help="folder with train.jsonl.gz and dev.jsonl.gz")
    arguments.add_argument(
        "--work", type=Path, required=True, help="folder of the teachers' opinions and of the checkpoint"
    )
    arguments.add_argument("--out", type=Path, required=True, help="folder of the tokenizer, for the weights")
    arguments.add_argument(
        "--encoder", type=Path, help="the encoder's folder, to start the embeddings from where there is no --start"
    )
    arguments.add_argument("--start", type=Path, help="a checkpoint of the same shape to go on from")
    arguments.add_argument(
        "--language", type=float, default=usual.language, help="share of the run that learns the next token too"
    )
    arguments.add_argument(
        "--chunks", type=int, default=usual.chunks, help=f"how many times {CHUNK} rows; 16 are an epoch"
    )
    arguments.add_argument("--every", type=int, default=usual.every, help="chunks between looks at dev")
    arguments.add_argument("--width", type=int, default=256)
    arguments.add_argument("--layers", type=int, default=4)
    arguments.add_argument("--rate", type=float, default=usual.rate)
    arguments.add_argument("--seed", type=int, default=usual.seed)
    arguments.add_argument("--device", type=device_for, default=device_for(None))
    return arguments.parse_args()


def main() -> None:
    """Train, or go on, then save."""
    chosen = parse()
    if chosen.start and not (chosen.out / "tokenizer.json").exists():
        load_tokenizer(str(chosen.start)).save_pretrained(chosen.out)
    tokenizer = load_tokenizer(str(chosen.out))
    prompt, checkpoint = Prompt(tokenizer), chosen.work / f"{chosen.out.resolve().name}.pt"
    recipe = Recipe(chosen.chunks, chosen.rate, chosen.language, chosen.every, chosen.seed)
    run = TrainingRun.begin(prompt, width=chosen.width, layers=chosen.layers, seed=chosen.seed, device=chosen.device)
    examples, dev = distilled_examples(chosen.data, chosen.work), read_rows(chosen.data / "dev.jsonl.gz")
    if checkpoint.exists():
        run.load(checkpoint)
        print(f"going on from {checkpoint}, after {run.chunk} chunks; take it away to begin anew", flush=True)
    elif chosen.start:
        run.model.load_state_dict(Qwen2ForCausalLM.from_pretrained(chosen.start, dtype=torch.float32).state_dict())
    else:
        start_tokens(run, prompt, examples, chosen.encoder, chosen.work / "encoder_teacher.pt")
    train(run, prompt, examples, dev, recipe, checkpoint=checkpoint)
    run.workers.end()
    finish(run, prompt, dev, chosen.out)


if __name__ == "__main__":
    main()
