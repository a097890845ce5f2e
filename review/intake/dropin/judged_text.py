"""What is known of a text that a client asks about: a verdict, whether stored or not, as far as an answer needs it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from review.models import Verdict


@dataclass(frozen=True)
class JudgedText:
    """A judged text. `probability` and `categories` are empty where nothing calibrated is known; `why` says why.

    `categories` sums to 1 over benign and the five violations. `likeliest` is the likeliest violation, whose ladder
    chose the `route`, unless a trigger of the category `triggered` did. `covered` says whether the text is in a script
    that the model was trained on.
    """

    probability: float | None
    categories: Mapping[str, float]
    category: str
    likeliest: str
    route: str
    why: str
    model: str
    weights_hash: str
    rubric: int
    calibrator_id: int | None
    calibrator: int | None
    policy_id: int
    policy: int
    triggered: str | None = None
    covered: bool = True

    @property
    def is_plain_english(self) -> bool:
        """Whether the text is of the kind that the model was trained on."""
        return self.covered and self.why != Verdict.Why.LANGUAGE

    def version(self, scale: str) -> str:
        """What `Moddog-Version` says, so that the score can be reproduced later."""
        return f"model={self.model}; calibrator={self.calibrator or 'none'}; policy={self.policy}; scale={scale}"


def from_json(found: Mapping[str, Any]) -> JudgedText:
    """From what a worker left with a scratch text."""
    return JudgedText(**found)
