"""What a training run consists of: how it is to learn, the model with all that trains it, and where it begins."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn
from transformers import Qwen2ForCausalLM

from inference.finetuning.examples import TrainingExample
from inference.scoring.prompt import Prompt
from inference.training.data_parallel import DataParallelWorkers
from inference.training.encoder_teacher import HINTS, token_states
from inference.training.lexicon import lexicon
from inference.training.new_model import new_model, starting_embeddings


@dataclass(frozen=True)
class Recipe:
    """How long a run is and how fast it learns. `language` is the share of it that learns the next token too.

    Dev is looked at every `every` chunks.
    """

    chunks: int = 80
    rate: float = 2e-3
    language: float = 0.3
    every: int = 8
    seed: int = 0


@dataclass
class TrainingRun:
    """All that a stopped run needs to go on."""

    model: Qwen2ForCausalLM
    hints: nn.Linear
    optimizers: list[torch.optim.Optimizer]
    average: dict[str, Tensor]
    workers: DataParallelWorkers
    averaged: int = 0
    chunk: int = 0

    @classmethod
    def begin(cls, prompt: Prompt, *, width: int, layers: int, seed: int, device: str) -> "TrainingRun":
        """A freshly drawn model and all that trains it."""
        model = new_model(prompt.tokenizer, width=width, layers=layers, seed=seed)
        model.to(device)
        model.set_attn_implementation("eager")  # its backward pass is faster than the fused one at these lengths
        hints = nn.Linear(width, HINTS).to(device)
        return cls(model, hints, make_optimizers(model, hints), {}, DataParallelWorkers(model, hints, prompt))

    def save(self, path: Path) -> None:
        """Write aside, then rename: a killed run never leaves half a checkpoint."""
        state = {
            "model": self.model.state_dict(),
            "hints": self.hints.state_dict(),
            "optimizers": [optimizer.state_dict() for optimizer in self.optimizers],
            "average": self.average,
            "averaged": self.averaged,
            "chunk": self.chunk,
        }
        torch.save(state, path.with_suffix(".part"))
        path.with_suffix(".part").replace(path)

    def load(self, path: Path) -> None:
        """Go on from a checkpoint."""
        state = torch.load(path, map_location=next(self.model.parameters()).device, weights_only=True)
        self.model.load_state_dict(state["model"])
        self.hints.load_state_dict(state["hints"])
        for optimizer, saved in zip(self.optimizers, state["optimizers"], strict=True):
            optimizer.load_state_dict(saved)
        for name in ("average", "averaged", "chunk"):
            setattr(self, name, state[name])

    def add_to_average(self) -> None:
        """Move the running mean of the weights towards the present ones."""
        self.averaged += 1
        for name, value in self.model.state_dict().items():
            mean = self.average.setdefault(name, torch.zeros_like(value))
            mean += (value - mean) / self.averaged


def start_tokens(
    run: TrainingRun, prompt: Prompt, examples: Sequence[TrainingExample], encoder: Path | None, tuned: Path
) -> None:
    """Give every token what a linear model and an encoder know of it; `tuned` is the encoder's checkpoint."""
    texts = [str(prompt.tokenizer.decode([token])) for token in range(len(prompt.tokenizer))]
    states = token_states(encoder, tuned, texts) if encoder else None
    table = run.model.get_input_embeddings().weight
    table.data.copy_(starting_embeddings(states, lexicon(examples, prompt), table.shape[1]))


def make_optimizers(model: Qwen2ForCausalLM, hints: nn.Linear) -> list[torch.optim.Optimizer]:
    """Muon for the matrices inside the layers, AdamW for embeddings, norms and biases; rates are set at each step.

    Embeddings move at a quarter of the rate (`scale`): what a rare token starts with outlives its few updates.
    """
    inner = [weight for name, weight in model.named_parameters() if weight.ndim == 2 and "layers." in name]
    known = {id(weight) for weight in inner}
    table = model.get_input_embeddings().weight
    outer = [weight for weight in model.parameters() if id(weight) not in known and weight is not table]
    groups = [{"params": [table], "scale": 0.25}, {"params": [*outer, *hints.parameters()], "scale": 1.0}]
    return [
        torch.optim.Muon([{"params": inner, "scale": 1.0}], weight_decay=0.05, adjust_lr_fn="match_rms_adamw"),
        torch.optim.AdamW(groups, betas=(0.9, 0.98), weight_decay=0.01),
    ]
