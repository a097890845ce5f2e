"""A step learnt side by side by several processes, on weights that they share.

On matrices as small as nano's, a core for each part of a batch beats all cores on one part after another (threads of
one process do not: they wait for each other at every operation). Gradients are summed in a fixed order.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any

import torch
from torch import Tensor, nn
from torch.multiprocessing import get_context

from inference.finetuning.examples import Batch
from inference.finetuning.losses import AuxiliaryLoss, loss
from inference.scoring.prompt import Prompt

MOST = 8  # processes: with more, parts become too small


@dataclass(frozen=True)
class Task:
    """A micro-batch behind a prefix, and the shares of what fades out; see AuxiliaryLoss."""

    batch: Batch
    prefix: tuple[int, ...]
    hint: float
    language: float


def learn(model: Any, hints: nn.Linear, prompt: Prompt, task: Task) -> float:
    """Add a micro-batch's gradients to the model's and the hints'. Returns the flag's mean loss."""
    device = next(model.parameters()).device
    with torch.autocast(device.type, torch.bfloat16, enabled=device.type != "cpu"):
        auxiliary = AuxiliaryLoss(hints, task.hint, task.language)
        value, flag = loss(model, prompt, task.batch.to(device), prefix=task.prefix, auxiliary=auxiliary)
    value.backward()  # type: ignore[no-untyped-call]
    return flag


class DataParallelWorkers:
    """Processes that learn with the caller, each its part of a step. On a GPU there is none, and `count` is 1."""

    def __init__(self, model: Any, hints: nn.Linear, prompt: Prompt) -> None:
        """Move the weights to shared memory and start a process for each core after the first."""
        self.model, self.hints, self.prompt = model, hints, prompt
        self.weights = [weight for part in (model, hints) for weight in part.parameters()]
        self.threads = torch.get_num_threads()
        self.count = min(self.threads, MOST) if self.weights[0].device.type == "cpu" else 1
        self.workers = [self._start() for _ in range(self.count - 1)]

    def learn(self, parts: Sequence[Sequence[Task]]) -> list[float]:
        """Fill the gradients with the mean over all tasks, of which each of `count` parts is learnt by one process.

        Returns the flag's mean loss of each task.
        """
        for weight in self.weights:
            weight.grad = None
        torch.set_num_threads(max(1, self.threads // self.count))
        for (worker, _), part in zip(self.workers, parts[1:], strict=True):
            worker.send(part)
        flags = [learn(self.model, self.hints, self.prompt, task) for task in parts[0]]
        torch.set_num_threads(self.threads)
        for worker, gradients in self.workers:
            flags += worker.recv()
            for weight, gradient in zip(self.weights, gradients, strict=True):
                weight.grad = gradient.clone() if weight.grad is None else weight.grad.add_(gradient)
        for weight in self.weights:
            if weight.grad is not None:
                weight.grad.div_(len(flags))
        return flags

    def end(self) -> None:
        """Let the processes end."""
        for worker, _ in self.workers:
            worker.send(None)

    def _start(self) -> tuple[Connection, list[Tensor]]:
        self.model.share_memory()
        self.hints.share_memory()
        gradients = [torch.zeros_like(weight).share_memory_() for weight in self.weights]
        context = get_context("spawn")
        ours, theirs = context.Pipe()
        given = (theirs, self.model, self.hints, self.prompt, gradients)
        context.Process(
            target=_serve, args=given, kwargs={"threads": max(1, self.threads // self.count)}, daemon=True
        ).start()
        theirs.close()
        return ours, gradients


def _serve(
    tasks: Connection, model: Any, hints: nn.Linear, prompt: Prompt, gradients: list[Tensor], *, threads: int
) -> None:
    """Learn one task after another until None comes or the caller is gone."""
    torch.set_num_threads(threads)
    model.set_attn_implementation("eager")
    weights = [weight for part in (model, hints) for weight in part.parameters()]
    while (part := _next(tasks)) is not None:
        for weight in weights:
            weight.grad = None
        flags = [learn(model, hints, prompt, task) for task in part]
        for weight, gradient in zip(weights, gradients, strict=True):
            gradient.zero_() if weight.grad is None else gradient.copy_(weight.grad)
        tasks.send(flags)


def _next(tasks: Connection) -> Sequence[Task] | None:
    try:
        return tasks.recv()  # type: ignore[no-any-return]
    except (EOFError, KeyboardInterrupt):
        return None
