"""Margins of a model while it is being trained: the texts as they are, cut at the training length."""

import random
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from inference.finetuning.examples import TrainingExample, collate, encode_examples
from inference.finetuning.losses import flag_margins
from inference.finetuning.row import Row
from inference.scoring.prompt import Prompt
from inference.scoring.shared_prefix import SharedPrefix


@torch.inference_mode()
def margins_of(model: Any, prompt: Prompt, rows: Sequence[Row]) -> NDArray[np.float64]:
    """Margins of rows as they are, cut at the training length. Shape (rows,)."""
    model.eval()
    device = next(model.parameters()).device
    examples = encode_examples([TrainingExample(row, 0.5, 1.0) for row in rows], prompt, random.Random(0), change=None)
    shared = SharedPrefix(model.get_decoder(), prompt.prefix)
    order = sorted(range(len(rows)), key=lambda index: len(examples[index].ids))
    margins = np.zeros(len(rows))
    for start in range(0, len(order), 128):
        indices = order[start : start + 128]
        batch = collate([examples[index] for index in indices]).to(device)
        hidden = shared.hidden(batch.ids)[torch.arange(len(indices), device=device), batch.flag_at]
        margins[indices] = flag_margins(model, prompt, hidden).float().cpu().numpy()
    model.train()
    return margins
