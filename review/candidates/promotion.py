"""Putting a candidate in force with its own calibrator, and going back to a model that was in force before."""

from pathlib import Path

from django.conf import settings
from django.db import transaction

from review.calibration.promotion import add_version
from review.candidates.comparison import fit
from review.models import AuditEntry, Calibrator, LanguageModel, User
from review.registry.calibrators import activate as activate_calibrator
from review.registry.calibrators import active_calibrator
from review.registry.model_versions import Judge, activate, active_model, location_of, lock_models


class CannotPromote(Exception):
    """The model may not judge yet; the message says why, for the person who asked."""


def promote(candidate: Judge, by: User) -> Calibrator:
    """Fit the candidate's calibrator, put it in force, and have the candidate judge. Raises CannotPromote."""
    if is_replaced(candidate.model):
        raise CannotPromote(_gone(candidate.model))
    found = fit(candidate)
    if not found.map:
        raise CannotPromote(found.missing)
    check_weights(candidate.model)
    parameters = found.map.to_json() | {"until": found.at.isoformat()}
    with transaction.atomic():
        lock_models()
        if active_model() == candidate.model:
            raise CannotPromote(f"{candidate.model} judges already.")
        calibrator = add_version(candidate, found.map, parameters, labels=found.labels, violations=found.violations)
        activate_calibrator(calibrator, by, "fitted for the promoted model")
        activate(candidate.model, by, calibrator=calibrator.version)
    return calibrator


def can_return(judge: Judge) -> bool:
    """Whether a model may judge again at once: its weights are there, and a calibrator is in force under the rubric."""
    return not is_replaced(judge.model) and active_calibrator(judge.model, judge.rubric) is not None


def is_replaced(model: LanguageModel) -> bool:
    """Whether other weights have been loaded from the same place since, as after an upgrade of the shipped model."""
    return LanguageModel.objects.filter(location=model.location, adapter=model.adapter, pk__gt=model.pk).exists()


def roll_back(judge: Judge, by: User | None) -> None:
    """Have a model judge again with the calibrator that it had. Raises CannotPromote where it never had one."""
    if is_replaced(judge.model):
        raise CannotPromote(_gone(judge.model))
    if not can_return(judge):
        raise CannotPromote(
            f"{judge.model} has no calibrator under this rubric, so it cannot judge: promote it instead."
        )
    if active_model() != judge.model:
        check_weights(judge.model)
        activate(judge.model, by, back=True)


def check_weights(model: LanguageModel) -> None:
    """That a model's place holds its weights, where it is a folder that this process can see. Raises CannotPromote.

    Without them workers would stop judging, or load what nobody has approved.
    """
    from inference.scoring.fingerprint import fingerprint

    asked, places = settings.VARIABLES, [place for place in (location_of(model), model.adapter) if place]
    if asked.backend != "local" or not all(Path(place).is_absolute() or Path(place).is_dir() for place in places):
        return  # a server's or a hub's
    if gone := [place for place in places if not Path(place).is_dir()]:
        if asked.database_url:
            return  # workers elsewhere may have it
        raise CannotPromote(f"{gone[0]} is gone, and {model} cannot be loaded without it: put it back first.")
    if fingerprint(*places) != model.weights_hash:
        raise CannotPromote(
            f"{places[0]} holds other weights now than those of {model}: put its own back, or register these."
        )


def _gone(model: LanguageModel) -> str:
    return f"Newer weights have taken the place of {model} at {model.location}, so it cannot judge any more."


def previous(active: LanguageModel) -> LanguageModel | None:
    """The model that the active one was put in place of, by the audit log."""
    entries = AuditEntry.objects.filter(verb="activated model", target="languagemodel", target_id=active.pk)
    last = entries.order_by("-created_at", "-pk").values_list("details", flat=True).first() or {}
    before = last.get("before")
    return LanguageModel.objects.filter(pk=before).exclude(pk=active.pk).first() if before else None
