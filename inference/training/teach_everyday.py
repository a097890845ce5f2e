"""Teach a finished nano what emoji mean in everyday lines, by the embeddings of the tokens that only emoji have.

    python -m inference.training.teach_everyday --data FOLDER --out FOLDER [--start FOLDER]

No other weight moves, so that every text without emoji keeps its margin to the last bit. Messages with emoji put to
them are to keep the earlier nano's opinion of the bare message.
"""

import argparse
import math
import random
import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from transformers import Qwen2ForCausalLM

from inference.finetuning.examples import TrainingExample, collate, encode_examples, micro_batches
from inference.finetuning.losses import loss
from inference.finetuning.row import Row
from inference.scoring.legible import EMOJI
from inference.scoring.load_tokenizer import load_tokenizer
from inference.scoring.normalise import normalised
from inference.scoring.prompt import Prompt
from inference.scoring.scorer import load_scorer
from inference.shipped_model import NANO
from inference.training.distilled_examples import WEAK_SHARE, distilled
from inference.training.emoji import emoji_sequence
from inference.training.everyday_lines import everyday_examples
from inference.training.labelled_sources import read_rows, row_weights
from inference.training.lines_for_training import lines_for_training

REHEARSED, WRITTEN = 1_500, 300  # rows and written lines that keep what it knows
LONGEST = 120  # characters of a rehearsed row: what is short is learnt quickly, and most lines with emoji are
EVERYDAY = 900  # lines written for this; see everyday_examples
ROWS, EPOCHS, RATE = 64, 2, 5e-3
KEPT = ("tokenizer.json", "tokenizer_config.json", "chat_template.jinja")


def rehearsal(model: Path, rows: Sequence[Row], draw: random.Random) -> list[TrainingExample]:
    """Rows drawn by their weights, and written lines, each with a target that is mostly the model's opinion now."""
    rows = [row for row in rows if len(row.text) <= LONGEST]
    weights = row_weights(rows) + np.array([WEAK_SHARE * row.weak for row in rows])
    taken = draw.choices(rows, weights=weights.tolist(), k=REHEARSED)
    lines = lines_for_training()
    written = draw.sample(lines, min(WRITTEN, len(lines)))
    taken += [Row(text, flag, category, None, "written") for text, flag, category in written]
    threads = torch.get_num_threads()
    scorer = load_scorer(str(model), device="cpu")
    torch.set_num_threads(threads)  # loading takes every core, and a run may have been given fewer
    scores = scorer.score([normalised(row.text) for row in taken])
    opinions = 1.0 / (1.0 + np.exp(-np.array([score.margin for score in scores])))
    return [distilled(row, 1.0, float(opinion), None) for row, opinion in zip(taken, opinions, strict=True)]


def emoji_tokens(prompt: Prompt, rows: Sequence[Row], draw: random.Random) -> list[int]:
    """The ids that emoji are written with and no other text of the rows is; a token with plain letters is none."""
    found = {one for _ in range(20_000) for one in prompt.encode_message(" " + emoji_sequence(draw))}
    others = {
        one
        for row in rows
        if not (row.text.isascii() or EMOJI.search(row.text))
        for one in prompt.encode_message(row.text)
    }
    names = {one: str(prompt.tokenizer.convert_ids_to_tokens(one)).removeprefix("Ġ") for one in found - others}
    return sorted(one for one, name in names.items() if name and not any(map(str.isascii, name)))


def teach(model: Qwen2ForCausalLM, prompt: Prompt, examples: Sequence[TrainingExample], tokens: Sequence[int]) -> None:
    """Move the embeddings of `tokens`, and nothing else, towards the examples' targets."""
    model.requires_grad_(requires_grad=False)
    table = model.get_input_embeddings().weight.requires_grad_()
    fixed = torch.ones(len(table), dtype=torch.bool)
    fixed[list(tokens)] = False
    optimizer, draw = torch.optim.AdamW([table], weight_decay=0.0), random.Random(0)
    batches = [
        group
        for _ in range(EPOCHS)
        for group in micro_batches(encode_examples(examples, prompt, draw, change=None, answered=0.0), ROWS, draw)
    ]
    for number, group in enumerate(batches):
        optimizer.param_groups[0]["lr"] = RATE * 0.5 * (1.0 + math.cos(math.pi * number / len(batches)))
        optimizer.zero_grad(set_to_none=True)
        value, flag = loss(model, prompt, collate(group), prefix=prompt.prefix)
        value.backward()  # type: ignore[no-untyped-call]
        if table.grad is not None:
            table.grad[fixed] = 0.0
        optimizer.step()
        print(f"step {number + 1}/{len(batches)}: flag loss {flag:.4f}", flush=True)


def main() -> None:
    """Teach, then save."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    arguments.add_argument("--data", type=Path, required=True, help="folder with train.jsonl.gz")
    arguments.add_argument("--out", type=Path, required=True, help="folder for the weights and the tokenizer")
    arguments.add_argument("--start", type=Path, default=NANO, help="folder of the checkpoint to teach")
    chosen = arguments.parse_args()
    prompt, draw = Prompt(load_tokenizer(str(chosen.start))), random.Random(0)
    rows = read_rows(chosen.data / "train.jsonl.gz")
    kept = rehearsal(chosen.start, rows, draw)
    tokens = emoji_tokens(prompt, rows, draw)
    examples = [
        one
        for one in kept + everyday_examples(kept, EVERYDAY, draw)
        if not set(tokens).isdisjoint(prompt.encode_message(one.row.text))
    ]
    print(f"{len(tokens)} tokens of emoji, {len(examples)} examples with them", flush=True)
    model = Qwen2ForCausalLM.from_pretrained(chosen.start, dtype=torch.float32)
    teach(model, prompt, examples, tokens)
    model.to(torch.float16).save_pretrained(chosen.out)
    for name in KEPT:
        shutil.copy(chosen.start / name, chosen.out)


if __name__ == "__main__":
    main()
