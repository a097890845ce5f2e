"""What a model is taught at once: the flag, the category and the rest of the answer; in nano's own training two more.

These auxiliary losses are the next token of the message, and what a pre-trained encoder says of the whole of it. They
are learnt for what they leave behind, and fade out.
"""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from inference.finetuning.examples import Batch
from inference.scoring.prompt import Prompt
from inference.scoring.shared_prefix import SharedPrefix

CATEGORY_SHARE, ANSWER_SHARE, MESSAGE_SHARE, HINT_SHARE = 0.4, 0.1, 0.1, 0.2
# By the order of CATEGORIES: what is rare in the sources counts for more.
CATEGORY_WEIGHTS = (0.5, 1.0, 0.6, 2.5, 2.0)


@dataclass(frozen=True)
class AuxiliaryLoss:
    """The losses that fade out: `hints` leads from a state (width,) to the encoder's components.

    `hint` and `language` are the shares that still count, from 1 down to 0 and below, where they count nothing.
    """

    hints: nn.Linear
    hint: float
    language: float


def flag_margins(model: Any, prompt: Prompt, hidden: Tensor) -> Tensor:
    """log P(true) - log P(false) from hidden states of shape (rows, width); shape (rows,)."""
    table = model.get_output_embeddings().weight
    margins: Tensor = hidden @ (table[prompt.answers.true] - table[prompt.answers.false])
    return margins


def loss(
    model: Any, prompt: Prompt, batch: Batch, *, prefix: tuple[int, ...], auxiliary: AuxiliaryLoss | None = None
) -> tuple[Tensor, float]:
    """The weighted sum of the losses, and the flag's mean loss alone, in nats."""
    hidden = SharedPrefix(model.get_decoder(), prefix).hidden(batch.ids)
    rows = torch.arange(len(batch.ids), device=hidden.device)
    states = hidden[rows, batch.flag_at]
    margins = flag_margins(model, prompt, states).float()
    flag = functional.binary_cross_entropy_with_logits(margins, batch.target, weight=batch.weight)
    total = flag + CATEGORY_SHARE * _category(model, prompt, hidden, batch)
    total = total + ANSWER_SHARE * _written(model, hidden, batch.answer_at, batch.answer)
    if auxiliary and auxiliary.language > 0:
        total = total + MESSAGE_SHARE * auxiliary.language * _written(model, hidden, batch.message_at, batch.message)
    if auxiliary and auxiliary.hint > 0:
        total = total + HINT_SHARE * auxiliary.hint * functional.mse_loss(auxiliary.hints(states).float(), batch.hint)
    return total, float(flag.detach())


def _category(model: Any, prompt: Prompt, hidden: Tensor, batch: Batch) -> Tensor:
    """Cross-entropy over the tokens at each place where the names of the five part."""
    total = hidden.sum() * 0.0
    if not len(batch.named):
        return total
    table, weights = model.get_output_embeddings().weight, torch.tensor(CATEGORY_WEIGHTS, device=hidden.device)
    counts = weights[batch.named[:, 2]]
    for number, branch in enumerate(prompt.answers.branches):
        here = batch.named[:, 0] == number
        rows, at = batch.named_at[here].unbind(1)
        logits = hidden[rows, at] @ table[list(branch.tokens)].T
        lost = functional.cross_entropy(logits.float(), batch.named[here, 1], reduction="none")
        total = total + (lost * counts[here]).sum()
    return total / counts[batch.named[:, 0] == 0].sum()


def _written(model: Any, hidden: Tensor, at: Tensor, tokens: Tensor) -> Tensor:
    """Cross-entropy over the whole vocabulary of tokens that follow chosen positions."""
    if not len(tokens):
        return hidden.sum() * 0.0
    logits = hidden[at[:, 0], at[:, 1]] @ model.get_output_embeddings().weight.T
    return functional.cross_entropy(logits.float(), tokens)
