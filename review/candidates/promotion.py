"""Putting a candidate in force with its own calibrator, and going back to a model that was in force before."""

from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext

from inference.scoring import normalise
from review.candidates.comparison import fit
from review.models import AuditEntry, CalibratorVersion, ModelVersion, User
from review.registry.calibrators import GIVEN, active_activation, active_calibrator, add_version
from review.registry.calibrators import activate as activate_calibrator
from review.registry.calibrators import promote as promote_calibrator
from review.registry.cascades import form_now, parts_of
from review.registry.model_versions import activate, location_of, lock_models
from review.registry.scoring_setup import ScoringSetup, active_model


class CannotPromote(Exception):
    """The model may not judge yet; the message says why, for the person who asked."""


def promote(candidate: ScoringSetup, by: User) -> CalibratorVersion:
    """Fit the candidate's calibrator, put it in force, and have the candidate judge. Raises CannotPromote.

    Where too few decisions count for it yet, the calibrator that it has already is the one.
    A version in context judges where a policy says so: that is left to the policies, and only its calibrator is put in
    force, for the cases that wait for one too.
    """
    if why := unloadable(candidate.model):
        raise CannotPromote(why)
    found = fit(candidate)
    given = active_calibrator(candidate.model, candidate.rubric)
    if not (found.calibrator or given):
        raise CannotPromote(found.missing)
    check_weights(candidate.model)
    with transaction.atomic():
        lock_models()
        if active_model() == candidate.model:
            raise CannotPromote(gettext("%(model)s judges already.") % {"model": candidate.model})
        if found.calibrator is None:
            assert given is not None  # noqa: S101 - one of the two is there
            activate(candidate.model, by, calibrator=given.version)
            return given
        parameters = found.calibrator.to_json() | {"until": found.at.isoformat()}
        calibrator = add_version(
            candidate, found.calibrator, parameters, labels=found.labels, violations=found.violations
        )
        if candidate.model.earlier_messages:
            promote_calibrator(calibrator, by, "fitted for a version in context")
        else:
            activate_calibrator(calibrator, by, "fitted for the promoted model")
            activate(candidate.model, by, calibrator=calibrator.version)
    return calibrator


def can_return(setup: ScoringSetup) -> bool:
    """Whether a model may judge again at once: nothing has replaced it, and it has a calibrator under the rubric.

    Never one in context, which judges where a policy says so.
    """
    if setup.model.earlier_messages or unloadable(setup.model):
        return False
    return active_calibrator(setup.model, setup.rubric) is not None


def starts_calibrated(setup: ScoringSetup) -> bool:
    """Whether it has not judged yet, and its calibrator in force came with it."""
    activation = active_activation(setup.model, setup.rubric)
    judged = AuditEntry.objects.filter(verb="activated model", target="modelversion", target_id=setup.model.pk)
    return activation is not None and activation.why == GIVEN and not judged.exists()


def is_replaced(model: ModelVersion) -> bool:
    """Whether other weights at the same place have judged since, as after an upgrade of the shipped model.

    Of a cascade, at the place of either model.
    """
    return any(map(_is_replaced, parts_of(model)))


def _is_replaced(model: ModelVersion) -> bool:
    judged = AuditEntry.objects.filter(verb="activated model", target="modelversion", target_id=OuterRef("pk"))
    later = ModelVersion.objects.filter(Exists(judged), location=model.location, adapter=model.adapter, pk__gt=model.pk)
    return later.exclude(weights_hash=model.weights_hash).exists()


def is_asked_otherwise(model: ModelVersion) -> bool:
    """Whether it was asked, or its texts normalised, as this code does it no more: workers would load another version.

    Where a version's parts are not stored yet, they are filled in as those of today's code.
    """
    known = (model.prompt_form, model.normaliser)
    return any(known) and known != (form_now(model), normalise.VERSION)


def unloadable(model: ModelVersion) -> str:
    """Why workers can load a version no more, for people; empty where they can."""
    if is_replaced(model):
        return gettext("Newer weights have taken the place of %(model)s at %(place)s, so it cannot judge any more.") % {
            "model": model,
            "place": model.location,
        }
    if is_asked_otherwise(model):
        return gettext(
            "This version of moddog asks %(model)s otherwise than when it was registered, so no worker can load it any "
            "more: register its weights anew."
        ) % {"model": model}
    return ""


def roll_back(setup: ScoringSetup, by: User | None) -> None:
    """Have a model judge again with the calibrator that it had. Raises CannotPromote where it never had one."""
    if why := unloadable(setup.model):
        raise CannotPromote(why)
    if setup.model.earlier_messages:
        raise CannotPromote(
            gettext("%(model)s judges where a policy puts earlier messages before each, and only there.")
            % {"model": setup.model}
        )
    if not can_return(setup):
        raise CannotPromote(
            gettext("%(model)s has no calibrator under this rubric, so it cannot judge: promote it instead.")
            % {"model": setup.model}
        )
    if active_model() != setup.model:
        check_weights(setup.model)
        activate(setup.model, by, back=True)


def check_weights(model: ModelVersion) -> None:
    """That a model's place holds its weights, where it is a folder that this process can see. Raises CannotPromote.

    Of a cascade, both models' places. Without them workers would stop judging, or load what nobody has approved.
    """
    for part in parts_of(model):
        _check_weights(part)


def _check_weights(model: ModelVersion) -> None:
    from inference.scoring.fingerprint import fingerprint

    asked, places = settings.VARIABLES, [place for place in (location_of(model), model.adapter) if place]
    if asked.backend != "local" or not all(Path(place).is_absolute() or Path(place).is_dir() for place in places):
        return  # a server's or a hub's
    if gone := [place for place in places if not Path(place).is_dir()]:
        if asked.database_url:
            return  # workers elsewhere may have it
        raise CannotPromote(
            gettext("%(place)s is gone, and %(model)s cannot be loaded without it: put it back first.")
            % {"place": gone[0], "model": model}
        )
    if fingerprint(*places) != model.weights_hash:
        raise CannotPromote(
            gettext("%(place)s holds other weights now than those of %(model)s: put its own back, or register these.")
            % {"place": places[0], "model": model}
        )


def previous(active: ModelVersion) -> ModelVersion | None:
    """The model that the active one was put in place of, by the audit log."""
    entries = AuditEntry.objects.filter(verb="activated model", target="modelversion", target_id=active.pk)
    last = entries.order_by("-created_at", "-pk").values_list("details", flat=True).first() or {}
    before = last.get("before")
    return ModelVersion.objects.filter(pk=before).exclude(pk=active.pk).first() if before else None
