"""Model versions and rubrics, and how one comes into force.

The environment seeds the registry once; from then on the registry rules.
"""

from dataclasses import asdict
from typing import Any

from django.conf import settings
from django.db import transaction

from inference.scoring.cascade import Deferral
from inference.scoring.identity import Identity
from inference.scoring.language import ENGLISH
from inference.scoring.verdict_format import MANY, format_names, read_format
from inference.shipped_model import NANO
from review.models import Cascade, ModelVersion, Rubric, User
from review.records import audit
from review.registry.calibrators import seed_shipped_calibrator
from review.registry.cascades import copy_cascade, parts_of
from review.registry.scoring_setup import ScoringSetup, active_model, active_rubric

SHIPPED = "nano"
"""The location of the model that comes with moddog."""


class OutdatedWeights(Exception):
    """What was loaded is not the version that judges; two must not judge in turns."""


class AlreadyRegistered(Exception):
    """The registry has this version; the message names it."""


def location_of(model: ModelVersion) -> str:
    """The folder or hub id of a model's weights."""
    return str(NANO) if model.location == SHIPPED else model.location


def languages_of(model: ModelVersion) -> frozenset[str]:
    """What a model's verdict format names, as codes of ISO 639 or MANY; English where the format is gone.

    Of a cascade, what both of its models name: either may be the one that speaks.
    """
    named = [known for part in parts_of(model) if MANY not in (known := _languages_of(part))]
    return frozenset.intersection(*named) if named else frozenset([MANY])


def _languages_of(model: ModelVersion) -> frozenset[str]:
    return frozenset(read_format(model.format).languages if model.format in format_names() else [ENGLISH])


@transaction.atomic
def seed_rubric(text: str) -> Rubric:
    """The active rubric; `text` becomes the first one where there is none."""
    rubric = active_rubric()
    if rubric is None:  # of two workers that start at once, one makes it
        rubric, _ = Rubric.objects.get_or_create(version=1, defaults={"text": text, "is_active": True})
    return rubric


def find(identity: Identity) -> ModelVersion | None:
    """The version of that identity, if the registry has it.

    Of a version from before precision, prompt form and normaliser were stored, only its weights are known: it is the
    one, and what is loaded now fills them in. Its fingerprint stays: calibrators and certificates in force name it.
    """
    known = ModelVersion.objects.filter(**asdict(identity)).first()
    if known or identity.earlier_messages:  # before, there were no versions in context
        return known
    unstored = Identity(identity.weights_hash)
    ModelVersion.objects.filter(**asdict(unstored)).update(**asdict(identity))
    return ModelVersion.objects.filter(**asdict(identity)).first()


def register(
    location: str,
    name: str,
    weights: str | Identity,
    rubric: Rubric,
    calibrator: dict[str, Any] | None,
    *,
    adapter: str = "",
) -> ScoringSetup:
    """The setup of what a worker has loaded. Into an empty registry it comes as the version that judges.

    What was loaded from the place of the version that judges, and is another, becomes a candidate: nobody has approved
    it. Only another prompt form or normaliser of the same weights judges at once, since this code can do no other; with
    no calibrator and no certificate of its own it acts on nothing by itself. `calibrator` is the one shipped beside the
    weights, if there is one. Raises OutdatedWeights where something else judges.
    """
    identity = weights if isinstance(weights, Identity) else Identity(weights)
    with transaction.atomic():
        lock_models()
        active, model = active_model(), find(identity)
        judges = active is None or model == active or _asked_otherwise(active, model, identity)
        if model is None:
            model = _create(identity, location, name, adapter=adapter)
            if active and judges:  # of a cascade, what it is made of stays
                copy_cascade(active, model)
            if not judges:
                audit.record(None, "registered candidate", model, base=None)
        if judges and model != active:
            activate(model, None, new=True)
            model.refresh_from_db()
        if calibrator:
            seed_shipped_calibrator(model, rubric, calibrator)
    if not judges:
        raise OutdatedWeights(
            f"{location} holds {model} here, but the registry has {active}: give this worker the same files, or have "
            f"what is there judge with: manage.py register {location} --back"
        )
    return ScoringSetup(model, rubric)


def _asked_otherwise(active: ModelVersion | None, model: ModelVersion | None, identity: Identity) -> bool:
    """Whether it is the version that judges, but for the prompt form and the normaliser of newer code."""
    if active is None or model is not None:
        return False
    return (active.weights_hash, active.precision) == (identity.weights_hash, identity.precision)


def _create(identity: Identity, location: str, name: str, **fields: Any) -> ModelVersion:
    values = {**asdict(identity), "location": location, "name": name, **fields}
    # Of two workers that start at once with an empty registry, one makes it.
    model, _ = ModelVersion.objects.get_or_create(fingerprint=identity.fingerprint, defaults=values)
    return model


@transaction.atomic
def add_candidate(location: str, name: str, weights: str | Identity, **fields: Any) -> ModelVersion:
    """Put a version in the registry beside the one that judges; it judges nothing yet. Raises AlreadyRegistered."""
    identity = weights if isinstance(weights, Identity) else Identity(weights)
    lock_models()
    if known := find(identity):
        raise AlreadyRegistered(f"the registry has these weights already: model {known.pk}, {known}")
    model = _create(identity, location, name, **fields)
    audit.record(None, "registered candidate", model, base=model.base_id)
    return model


@transaction.atomic
def add_cascade(
    identity: Identity, first: ModelVersion, second: ModelVersion, deferral: Deferral, labels: int
) -> ModelVersion:
    """Put a cascade in the registry as a candidate, with a scale fitted on so many labels. Raises AlreadyRegistered."""
    name = f"{first.name[:96]} then {second.name[:96]}"
    model = add_candidate(f"models {first.pk} and {second.pk}", name, identity)
    Cascade.objects.create(model=model, first=first, second=second, labels=labels, **asdict(deferral))
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
    """Make a model the one that judges, on record; workers load it before they judge on. It leaves the shadow.

    The database refuses a version in context: only a policy chooses that.
    """
    lock_models()
    before = active_model()
    explains = before.explains_all_after if before else model.explains_all_after
    ModelVersion.objects.filter(is_active=True).exclude(pk=model.pk).update(is_active=False)
    ModelVersion.objects.filter(pk=model.pk).update(is_active=True, in_shadow=False, explains_all_after=explains)
    audit.record(by, "activated model", model, before=before.pk if before else None, **details)


def can_shadow() -> bool:
    """Whether workers can load a candidate beside the model that judges; a server elsewhere serves one model."""
    return settings.VARIABLES.backend == "local"


def shadow_model() -> ModelVersion | None:
    return ModelVersion.objects.filter(in_shadow=True).first()


@transaction.atomic
def set_shadow(model: ModelVersion, by: User | None, *, on: bool, **details: Any) -> bool:
    """Run a candidate in shadow, in place of any other or of a rubric, or end that. False where it judges by now."""
    lock_models()
    if on:
        ModelVersion.objects.filter(in_shadow=True).exclude(pk=model.pk).update(in_shadow=False)
        Rubric.objects.filter(in_shadow=True).update(in_shadow=False)
    changed = ModelVersion.objects.filter(pk=model.pk, is_active=False).update(in_shadow=on)
    if changed:
        audit.record(by, "began shadow" if on else "ended shadow", model, **details)
    return bool(changed)


def note_speed(model: ModelVersion, messages: int, seconds: float) -> None:
    """Keep how fast a model scored lately, in messages a second; nothing where it scored none."""
    if messages and seconds > 0.0:
        ModelVersion.objects.filter(pk=model.pk).update(messages_per_second=messages / seconds)
