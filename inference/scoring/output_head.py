"""What a model does between its head's products and its logits, and how far it looks back. Imports no model."""

from dataclasses import dataclass
from typing import Any

from torch import Tensor


@dataclass(frozen=True)
class Head:
    """Logits are products times `factor`, pressed into -cap to cap where there is a cap."""

    factor: float = 1.0
    cap: float = 0.0

    @classmethod
    def of(cls, config: Any) -> "Head":
        """That of Granite, Cohere, Gemma 2 and all that leave products as they are."""
        config = config.get_text_config()
        factor = getattr(config, "logit_scale", None) or 1.0 / (getattr(config, "logits_scaling", None) or 1.0)
        return cls(float(factor), float(getattr(config, "final_logit_softcapping", None) or 0.0))

    def __call__(self, products: Tensor) -> Tensor:
        if self.factor != 1.0:
            products = products * self.factor
        return (products / self.cap).tanh() * self.cap if self.cap else products


def context_of(config: Any) -> int:
    """How many tokens a model takes at most; where some layers look back only so far, so many, and all see all."""
    config = config.get_text_config()
    context = int(config.max_position_embeddings)
    slides = any(layer != "full_attention" for layer in getattr(config, "layer_types", None) or ())
    window = getattr(config, "sliding_window", None)
    return min(context, int(window)) if slides and window else context
