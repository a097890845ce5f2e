"""Which model and which rubric judge. The environment seeds the registry once; from then on the registry rules."""

from dataclasses import dataclass
from typing import Any

from django.db import transaction

from review.calibration.active import seed_shipped_calibrator
from review.insight import audit
from review.models import LanguageModel, Rubric
from review.policy.ladder import Pair

SHIPPED = "nano"
"""The location of the model that comes with moddog."""


class OutdatedWeights(Exception):
    """Another worker loaded newer weights from the same location; two sets must not judge in turns."""


@dataclass(frozen=True)
class Judge:
    """The pair that every score names."""

    model: LanguageModel
    rubric: Rubric

    @property
    def pair(self) -> Pair:
        """The two as ladders name them."""
        return Pair(self.model.weights_hash, self.rubric.version)


def active_model() -> LanguageModel | None:
    return LanguageModel.objects.filter(is_active=True).first()


def active_rubric() -> Rubric | None:
    return Rubric.objects.filter(is_active=True).first()


def active_judge() -> Judge | None:
    model, rubric = active_model(), active_rubric()
    return Judge(model, rubric) if model and rubric else None


@transaction.atomic
def seed_rubric(text: str) -> Rubric:
    """The active rubric; `text` becomes the first one where there is none."""
    rubric = active_rubric()
    if rubric is None:  # of two workers that start at once, one makes it
        rubric, _ = Rubric.objects.get_or_create(version=1, defaults={"text": text, "is_active": True})
    return rubric


@transaction.atomic
def register(location: str, name: str, weights_hash: str, rubric: Rubric, calibrator: dict[str, Any] | None) -> Judge:
    """Put loaded weights in the registry and make them the active model.

    Weights that changed behind a location are another model: the old one's margins are never mixed with theirs.
    `calibrator` is the map shipped beside the weights, if there is one. Raises OutdatedWeights.
    """
    model, created = LanguageModel.objects.get_or_create(
        weights_hash=weights_hash, defaults={"location": location, "name": name}
    )
    active = active_model()
    if active and not created and active.pk > model.pk:
        raise OutdatedWeights(
            f"{location} holds {model} here, but the registry has {active} since: give this worker the same files"
        )
    if not model.is_active:
        LanguageModel.objects.filter(is_active=True).update(is_active=False)
        model.is_active = True
        model.save(update_fields=["is_active"])
        audit.record(None, "activated model", model, new=created)
    if calibrator:
        seed_shipped_calibrator(model, rubric, calibrator)
    return Judge(model, rubric)
