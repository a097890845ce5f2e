"""Which model version judges, under which rubric."""

from dataclasses import dataclass

from review.models import ModelVersion, Rubric
from review.registry.ladder import SetupKey


@dataclass(frozen=True)
class ScoringSetup:
    """A model version under a rubric: what every score names. Margins of different setups are different scales."""

    model: ModelVersion
    rubric: Rubric

    @property
    def key(self) -> SetupKey:
        """The two as ladders name them."""
        return SetupKey(self.model.fingerprint, self.rubric.version)


def active_model() -> ModelVersion | None:
    return ModelVersion.objects.filter(is_active=True).first()


def active_rubric() -> Rubric | None:
    return Rubric.objects.filter(is_active=True).first()


def active_setup() -> ScoringSetup | None:
    model, rubric = active_model(), active_rubric()
    return ScoringSetup(model, rubric) if model and rubric else None
