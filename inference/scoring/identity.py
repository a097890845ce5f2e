"""What a model version is, apart from where it lies. Loads no model.

Calibrators, scores and certificates belong to one version: margins of two are two scales.
"""

import hashlib
from dataclasses import dataclass

from inference.scoring.cascade import Deferral
from inference.scoring.verdict_format import MODDOG


@dataclass(frozen=True)
class Identity:
    """All that moves a margin: weights (with adapter, by hash), their precision, the prompt's form, the normaliser.

    `earlier_messages` is how many the form puts before a message, `format` the name of the verdict format; the form's
    hash holds both.
    """

    weights_hash: str
    precision: str = ""
    prompt_form: str = ""
    normaliser: str = ""
    earlier_messages: int = 0
    format: str = MODDOG

    @property
    def fingerprint(self) -> str:
        """The SHA-256 (hex) over the parts; the weights' hash itself where nothing else is known."""
        if not (self.precision or self.prompt_form or self.normaliser):
            return self.weights_hash
        parts = (self.weights_hash, self.precision, self.prompt_form, self.normaliser)
        return _digest(*parts)


CASCADE = "cascade"
"""In place of a verdict format: each of the two models has its own."""


def identity_of_cascade(first: Identity, second: Identity, deferral: Deferral) -> Identity:
    """What a cascade is: both models in their precisions, the band, and the scale on which they speak.

    The second reads as many earlier messages as the first.
    """
    line = (deferral.low, deferral.high, deferral.slope, deferral.offset)
    models = (first.weights_hash, first.precision, second.weights_hash, second.precision, *map(repr, line))
    form = form_of_cascade(first.prompt_form, second.prompt_form)
    return Identity(_digest(*models), "", form, first.normaliser, first.earlier_messages, CASCADE)


def form_of_cascade(first: str, second: str) -> str:
    """The prompt form of two models together, from the form of each."""
    return _digest(first, second)


def _digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()
