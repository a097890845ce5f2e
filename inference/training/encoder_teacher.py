"""The better teacher: a small sentence encoder, fine-tuned on the flag for one pass over the training rows.

    python -m inference.training.encoder_teacher --data FOLDER --work FOLDER --encoder FOLDER [--rows N]

It writes `encoder_teacher.npz` with the logits of every training row (`train`), of dev (`dev`) and of the lines
written for moddog (`written`), and the main components of its states at each (`train_states`, `written_states`). A row
is met about once before it is read, so that what is distilled is closer to an opinion than to a memory. It goes on from
`encoder_teacher.pt` where there is one. The encoder is no part of the product.
"""

import argparse
import random
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from tokenizers import Tokenizer
from torch import Tensor, nn
from torch.nn import functional
from transformers import AutoModel

from inference.finetuning.row import Row
from inference.scoring.devices import device_for
from inference.training.group_swaps import swapped_and_disguised
from inference.training.labelled_sources import ranking, read_rows, row_weights
from inference.training.lines_for_training import lines_for_training

LONGEST, CHARACTERS = 64, 500  # word pieces, and the letters they are made from
BATCH, CHUNK = 32, 8_192
RATE, WARM_UNTIL = 1.5e-4, 0.06
WRITTEN_SHARE = 0.5
HINTS = 64  # components of the mean state that are passed on


class EncoderClassifier(nn.Module):
    """The encoder with one logit on the mean and the largest of its last states."""

    def __init__(self, folder: Path) -> None:
        """The weights of the folder, and a head that begins at nothing."""
        super().__init__()
        self.encoder = AutoModel.from_pretrained(folder, dtype=torch.float32, attn_implementation="sdpa")
        self.head = nn.Linear(2 * self.encoder.config.hidden_size, 1)
        nn.init.zeros_(self.head.weight)

    @property
    def device(self) -> torch.device:
        """Where the weights are."""
        return self.head.weight.device

    def forward(self, ids: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """Logits (rows,) and mean states (rows, width) for padded ids and their mask, both (rows, length)."""
        states = self.encoder(input_ids=ids, attention_mask=mask).last_hidden_state.float()
        real = mask.unsqueeze(-1).bool()
        mean = (states * real).sum(1) / real.sum(1)
        largest = states.masked_fill(~real, -1e4).amax(1)
        logits: Tensor = self.head(torch.cat([mean, largest], dim=1)).squeeze(-1)
        return logits, mean


def pieces_of(folder: Path) -> Tokenizer:
    """The encoder's WordPiece tokenizer, cut at the training length."""
    pieces = Tokenizer.from_file(str(folder / "tokenizer.json"))
    pieces.no_padding()
    pieces.enable_truncation(LONGEST)
    return pieces


def batches(ids: Sequence[Sequence[int]], size: int) -> Iterator[tuple[list[int], Tensor, Tensor]]:
    """Indices, padded ids and masks of texts of about equal length, shortest first."""
    order = sorted(range(len(ids)), key=lambda index: len(ids[index]))
    for start in range(0, len(order), size):
        taken = order[start : start + size]
        padded = torch.zeros(len(taken), len(ids[taken[-1]]), dtype=torch.long)
        for place, index in enumerate(taken):
            padded[place, : len(ids[index])] = torch.tensor(ids[index])
        mask = torch.arange(padded.shape[1]) < torch.tensor([len(ids[index]) for index in taken]).unsqueeze(1)
        yield taken, padded, mask.long()


def sample(rows: Sequence[Row], seed: int) -> list[tuple[str, float]]:
    """One pass: texts and targets in random order, each row as often as its weight says, and written lines."""
    draw = random.Random(seed)
    taken = [(row, count) for row, count in zip(rows, row_weights(rows), strict=True)]
    once = [(row.text, row.target) for row, count in taken for _ in range(int(count + draw.random()))]
    lines = lines_for_training()
    once += [(text, 0.97 if flag else 0.03) for text, flag, _ in lines if draw.random() < WRITTEN_SHARE]
    draw.shuffle(once)
    return once


def rate_at(progress: float) -> float:
    """The share of the full rate: a short warm-up, then a straight line down to nothing."""
    return progress / WARM_UNTIL if progress < WARM_UNTIL else (1.0 - progress) / (1.0 - WARM_UNTIL)


def train_chunk(
    classifier: EncoderClassifier,
    optimizer: torch.optim.Optimizer,
    examples: list[tuple[Sequence[int], float]],
    span: tuple[float, float],
) -> float:
    """Learn one chunk, whose place in the run is `span`; returns the mean loss."""
    groups, losses = list(batches([ids for ids, _ in examples], BATCH)), []
    random.Random(str(span)).shuffle(groups)
    for number, (taken, ids, mask) in enumerate(groups):
        progress = span[0] + (span[1] - span[0]) * number / len(groups)
        for group in optimizer.param_groups:
            group["lr"] = RATE * group["scale"] * rate_at(progress)
        with torch.autocast(classifier.device.type, torch.bfloat16):
            logits, _ = classifier(ids.to(classifier.device), mask.to(classifier.device))
        target = torch.tensor([examples[index][1] for index in taken], device=classifier.device)
        value = functional.binary_cross_entropy_with_logits(logits.float(), target)
        optimizer.zero_grad(set_to_none=True)
        value.backward()
        torch.nn.utils.clip_grad_norm_(classifier.parameters(), 1.0)
        optimizer.step()
        losses.append(float(value.detach()))
    return float(np.mean(losses))


@torch.inference_mode()
def opinions(
    classifier: EncoderClassifier, pieces: Tokenizer, texts: Sequence[str]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Logits (texts,) and mean states (texts, width) of texts as they are."""
    classifier.eval().encoder.to(torch.bfloat16)
    ids = [found.ids for found in pieces.encode_batch([text[:CHARACTERS] for text in texts])]
    logits = np.zeros(len(texts), dtype=np.float32)
    states = np.zeros((len(texts), classifier.encoder.config.hidden_size), dtype=np.float32)
    for number, (taken, padded, mask) in enumerate(batches(ids, 128)):
        found, mean = classifier(padded.to(classifier.device), mask.to(classifier.device))
        logits[taken], states[taken] = found.float().cpu().numpy(), mean.cpu().numpy()
        if number % 200 == 199:
            print(f"{(number + 1) * 128}/{len(texts)} read", flush=True)
    return logits, states


def token_states(folder: Path, checkpoint: Path, texts: Sequence[str]) -> NDArray[np.float32]:
    """What the fine-tuned encoder thinks of each text by itself. Shape (texts, width)."""
    classifier = EncoderClassifier(folder)
    classifier.load_state_dict(torch.load(checkpoint, map_location="cpu", weights_only=True)["classifier"])
    return opinions(classifier, pieces_of(folder), [text.strip() or " " for text in texts])[1]


def components(states: NDArray[np.float32], others: NDArray[np.float32]) -> list[NDArray[np.float16]]:
    """Both in the first HINTS principal components of the first, scaled to a mean variance of 1."""
    middle = states.mean(axis=0)
    _, _, directions = np.linalg.svd(states[:: max(1, len(states) // 30_000)] - middle, full_matrices=False)
    turned = [(each - middle) @ directions[:HINTS].T for each in (states, others)]
    return [(each / turned[0].std()).astype(np.float16) for each in turned]


def train(classifier: EncoderClassifier, pieces: Tokenizer, once: list[tuple[str, float]], checkpoint: Path) -> None:
    """One pass, a checkpoint after each chunk."""
    head = [
        {"params": classifier.encoder.parameters(), "scale": 1.0},
        {"params": classifier.head.parameters(), "scale": 10.0},
    ]
    optimizer, done = torch.optim.AdamW(head, lr=RATE, weight_decay=0.01), 0
    if checkpoint.exists():
        state = torch.load(checkpoint, map_location=classifier.device, weights_only=True)
        classifier.load_state_dict(state["classifier"])
        optimizer.load_state_dict(state["optimizer"])
        done = state["done"]
    classifier.train()
    while done < len(once):
        began, part, draw = time.monotonic(), once[done : done + CHUNK], random.Random(done)
        texts = [swapped_and_disguised(text[:CHARACTERS], draw) for text, _ in part]
        ids = [found.ids for found in pieces.encode_batch(texts)]
        examples = [(row, target) for row, (_, target) in zip(ids, part, strict=True)]
        value = train_chunk(classifier, optimizer, examples, (done / len(once), (done + len(part)) / len(once)))
        done += len(part)
        state = {"classifier": classifier.state_dict(), "optimizer": optimizer.state_dict(), "done": done}
        torch.save(state, checkpoint.with_suffix(".part"))
        checkpoint.with_suffix(".part").replace(checkpoint)
        seconds = time.monotonic() - began
        print(f"{done}/{len(once)}: loss {value:.4f}, {len(part) / seconds:.0f} rows/s", flush=True)


def main() -> None:
    """Fine-tune, or go on; report on dev; read all rows and save."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    arguments.add_argument("--data", type=Path, required=True, help="folder with train.jsonl.gz and dev.jsonl.gz")
    arguments.add_argument("--work", type=Path, required=True, help="folder for what training leaves behind")
    arguments.add_argument("--encoder", type=Path, required=True, help="folder of a WordPiece encoder")
    arguments.add_argument("--rows", type=int, help="end the pass after so many rows")
    arguments.add_argument("--seed", type=int, default=0)
    arguments.add_argument("--device", type=device_for, default=device_for(None))
    chosen = arguments.parse_args()
    torch.manual_seed(chosen.seed)
    chosen.work.mkdir(parents=True, exist_ok=True)
    rows, dev = read_rows(chosen.data / "train.jsonl.gz"), read_rows(chosen.data / "dev.jsonl.gz")
    classifier, pieces = EncoderClassifier(chosen.encoder).to(chosen.device), pieces_of(chosen.encoder)
    train(classifier, pieces, sample(rows, chosen.seed)[: chosen.rows], chosen.work / "encoder_teacher.pt")
    logits, _ = opinions(classifier, pieces, [row.text for row in dev])
    print(f"dev: {ranking(dev, logits)}", flush=True)
    written = [text for text, _, _ in lines_for_training()]
    (train_logits, states), (written_logits, written_states) = (
        opinions(classifier, pieces, texts) for texts in ([row.text for row in rows], written)
    )
    hints, written_hints = components(states, written_states)
    np.savez_compressed(
        chosen.work / "encoder_teacher.npz",
        dev=logits,
        train=train_logits,
        written=written_logits,
        train_states=hints,
        written_states=written_hints,
    )


if __name__ == "__main__":
    main()
