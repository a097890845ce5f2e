"""What a model version is, apart from where it lies. Loads no model.

Calibrators, scores and certificates belong to one version: margins of two are two scales.
"""

import hashlib
from dataclasses import dataclass


@dataclass(frozen=True)
class Identity:
    """All that moves a margin: weights (with adapter, by hash), their precision, the prompt's form, the normaliser.

    `earlier_messages` is how many the form puts before a message; the form's hash holds it too.
    """

    weights_hash: str
    precision: str = ""
    prompt_form: str = ""
    normaliser: str = ""
    earlier_messages: int = 0

    @property
    def fingerprint(self) -> str:
        """The SHA-256 (hex) over the parts; the weights' hash itself where nothing else is known."""
        if not (self.precision or self.prompt_form or self.normaliser):
            return self.weights_hash
        parts = (self.weights_hash, self.precision, self.prompt_form, self.normaliser)
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()
