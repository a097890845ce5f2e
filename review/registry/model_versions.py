"""Model versions and rubrics, and how one comes into force.

The environment seeds the registry once; from then on the registry rules.
"""

from typing import Any

from django.conf import settings
from django.db import transaction

from inference.shipped_model import NANO
from review.models import ModelVersion, Rubric, User
from review.records import audit
from review.registry.calibrators import seed_shipped_calibrator
from review.registry.scoring_setup import ScoringSetup, active_model, active_rubric

SHIPPED = "nano"
"""The location of the model that comes with moddog."""


class OutdatedWeights(Exception):
    """The weights that were loaded are not the active ones; two sets must not judge in turns."""


class AlreadyRegistered(Exception):
    """The registry has these weights; the message names their model."""


def location_of(model: ModelVersion) -> str:
    """The folder or hub id of a model's weights."""
    return str(NANO) if model.location == SHIPPED else model.location


@transaction.atomic
def seed_rubric(text: str) -> Rubric:
    """The active rubric; `text` becomes the first one where there is none."""
    rubric = active_rubric()
    if rubric is None:  # of two workers that start at once, one makes it
        rubric, _ = Rubric.objects.get_or_create(version=1, defaults={"text": text, "is_active": True})
    return rubric


@transaction.atomic
def register(
    location: str,
    name: str,
    weights_hash: str,
    rubric: Rubric,
    calibrator: dict[str, Any] | None,
    *,
    adapter: str = "",
) -> ScoringSetup:
    """Put loaded weights in the registry; weights that it has not seen before become the active model.

    Weights that changed behind a location are another model: the old one's margins are never mixed with theirs.
    `calibrator` is the map shipped beside the weights, if there is one. Raises OutdatedWeights where the registry knows
    the weights and has another model active: while they were loaded a person may have promoted one, or rolled back.
    """
    model, created = ModelVersion.objects.get_or_create(
        weights_hash=weights_hash, defaults={"location": location, "name": name, "adapter": adapter}
    )
    active = active_model()
    if active and not created and active != model:
        raise OutdatedWeights(
            f"{location} holds {model} here, but the registry has {active}: give this worker the same files"
        )
    if not model.is_active:
        activate(model, None, new=created)
        model.refresh_from_db()
    if calibrator:
        seed_shipped_calibrator(model, rubric, calibrator)
    return ScoringSetup(model, rubric)


@transaction.atomic
def add_candidate(location: str, name: str, weights_hash: str, **fields: Any) -> ModelVersion:
    """Put weights in the registry beside the model that judges; they judge nothing yet. Raises AlreadyRegistered."""
    model, created = ModelVersion.objects.get_or_create(
        weights_hash=weights_hash, defaults={"location": location, "name": name, **fields}
    )
    if not created:
        raise AlreadyRegistered(f"the registry has these weights already: model {model.pk}, {model}")
    audit.record(None, "registered candidate", model, base=model.base_id)
    return model


@transaction.atomic
def move_candidate(model: ModelVersion, location: str, adapter: str) -> None:
    """Have workers read a candidate's weights, which are the same, from another place."""
    ModelVersion.objects.filter(pk=model.pk).update(location=location, adapter=adapter)
    audit.record(None, "moved candidate", model)


def lock_models() -> None:
    """Hold every model until the transaction ends, in one order, so that two people who change them never deadlock."""
    list(ModelVersion.objects.select_for_update().order_by("pk"))


@transaction.atomic
def activate(model: ModelVersion, by: User | None, **details: Any) -> None:
    """Make a model the one that judges, on record; workers load it before they judge on. It leaves the shadow."""
    lock_models()
    before = active_model()
    ModelVersion.objects.filter(is_active=True).exclude(pk=model.pk).update(is_active=False)
    ModelVersion.objects.filter(pk=model.pk).update(is_active=True, in_shadow=False)
    audit.record(by, "activated model", model, before=before.pk if before else None, **details)


def can_shadow() -> bool:
    """Whether workers can load a candidate beside the model that judges; a server elsewhere serves one model."""
    return settings.VARIABLES.backend == "local"


def shadow_model() -> ModelVersion | None:
    return ModelVersion.objects.filter(in_shadow=True).first()


@transaction.atomic
def set_shadow(model: ModelVersion, by: User | None, *, on: bool, **details: Any) -> bool:
    """Run a candidate in shadow, in place of any other, or end that. False where the model judges by now."""
    lock_models()
    if on:
        ModelVersion.objects.filter(in_shadow=True).exclude(pk=model.pk).update(in_shadow=False)
    changed = ModelVersion.objects.filter(pk=model.pk, is_active=False).update(in_shadow=on)
    if changed:
        audit.record(by, "began shadow" if on else "ended shadow", model, **details)
    return bool(changed)
