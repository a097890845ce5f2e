"""What nano is taught at once: the flag, the category, the rest of the answer, and the language of the messages."""

import torch
from torch import Tensor
from torch.nn import functional
from transformers import Qwen2ForCausalLM

from inference.prompt import Prompt
from inference.shared_prefix import SharedPrefix
from inference.training.examples import Batch

CATEGORY_SHARE, ANSWER_SHARE, MESSAGE_SHARE = 0.4, 0.1, 0.1
# By the order of CATEGORIES: what is rare in the sources counts for more.
CATEGORY_WEIGHTS = (0.5, 1.0, 0.6, 2.5, 2.0)


def flag_margins(model: Qwen2ForCausalLM, prompt: Prompt, hidden: Tensor) -> Tensor:
    """log P(true) - log P(false) from hidden states of shape (rows, width); shape (rows,)."""
    table = model.get_output_embeddings().weight
    return hidden @ (table[prompt.answers.true] - table[prompt.answers.false])


def loss(
    model: Qwen2ForCausalLM, prompt: Prompt, batch: Batch, *, prefix: tuple[int, ...], language: float
) -> tuple[Tensor, float]:
    """The weighted sum of the four losses, and the flag's alone; `language` (0 to 1) fades the last one out."""
    hidden = SharedPrefix(model.get_decoder(), prefix).hidden(batch.ids)
    rows = torch.arange(len(batch.ids), device=hidden.device)
    margins = flag_margins(model, prompt, hidden[rows, batch.flag_at]).float()
    flag = functional.binary_cross_entropy_with_logits(margins, batch.target, weight=batch.weight)
    total = flag + CATEGORY_SHARE * _category(model, prompt, hidden, batch)
    total = total + ANSWER_SHARE * _written(model, hidden, batch.answer_at, batch.answer)
    if language > 0:
        total = total + MESSAGE_SHARE * language * _written(model, hidden, batch.message_at, batch.message)
    return total, float(flag.detach())


def _category(model: Qwen2ForCausalLM, prompt: Prompt, hidden: Tensor, batch: Batch) -> Tensor:
    """Cross-entropy over the first tokens of the five names; nano's tokenizer parts all five there."""
    (branch,) = prompt.answers.branches
    order = [token for _, token in sorted(zip(branch.leads_to, branch.tokens, strict=True))]
    if not len(batch.category):
        return hidden.sum() * 0.0
    logits = hidden[batch.category_at[:, 0], batch.category_at[:, 1]] @ model.get_output_embeddings().weight[order].T
    weights = torch.tensor(CATEGORY_WEIGHTS, device=hidden.device)
    return functional.cross_entropy(logits.float(), batch.category, weight=weights)


def _written(model: Qwen2ForCausalLM, hidden: Tensor, at: Tensor, tokens: Tensor) -> Tensor:
    """Cross-entropy over the whole vocabulary of tokens that follow chosen positions."""
    if not len(tokens):
        return hidden.sum() * 0.0
    logits = hidden[at[:, 0], at[:, 1]] @ model.get_output_embeddings().weight.T
    return functional.cross_entropy(logits.float(), tokens)
