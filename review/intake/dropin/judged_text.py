"""What is known of a text that a client asks about: a verdict, whether stored or not, as far as an answer needs it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from inference.scoring.language import ENGLISH


@dataclass(frozen=True)
class JudgedText:
    """A judged text. `probability` and `categories` are empty where nothing calibrated is known; `why` says why.

    `categories` sums to 1 over benign and the five violations. `likeliest` is the likeliest violation, whose ladder
    chose the `route`, unless a trigger of the category `triggered` did. `language` is that of the text (ISO 639), as
    far as it can be told. It is not read (`is_read`) where it is no plain text, or in a language that the model was not
    trained on and the source does not have judged.
    """

    probability: float | None
    categories: Mapping[str, float]
    category: str
    likeliest: str
    route: str
    why: str
    model: str
    fingerprint: str
    rubric: int
    calibrator_id: int | None
    calibrator: int | None
    policy_id: int
    policy: int
    triggered: str | None = None
    language: str = ENGLISH
    is_read: bool = True

    def version(self, scale: str, anchors: int | None = None) -> str:
        """What `Moddog-Version` says of a score on a scale, with the version of its anchors where it has any.

        Calibrators are numbered by rubric and model version, and versions of one model may have the same weights:
        hence its fingerprint, of which the beginning stands here.
        """
        told: dict[str, object] = {"model": self.model, "calibrator": self.calibrator or "none", "policy": self.policy}
        told |= {"scale": scale} | ({"anchors": anchors} if anchors else {})
        told |= {"rubric": self.rubric, "fingerprint": self.fingerprint[:12]}
        return "; ".join(f"{name}={value}" for name, value in told.items())


def from_json(found: Mapping[str, Any]) -> JudgedText:
    """From what a worker left with a scratch text."""
    return JudgedText(**found)
