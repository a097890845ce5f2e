"""Rubrics: new versions, trials of them, the one in shadow, and how one comes into force.

A rubric moves every margin, so a model under another rubric is another setup: it has scores, calibrators and
certificates of its own, and acts on nothing by itself before it has a calibrator.
"""

from typing import Any

from django.db import transaction
from django.db.models import Max

from review.models import Label, ModelVersion, Rubric, RubricTrial, Score, User
from review.records import audit
from review.registry import rerouting
from review.registry.model_versions import lock_models, shadow_model
from review.registry.scoring_setup import ScoringSetup, active_model, active_rubric, active_setup

LABELLED, RECENT = 1_000, 500
"""How many of the newest labelled and of the newest judged messages a trial looks at."""


@transaction.atomic
def write(text: str, note: str, by: User) -> Rubric:
    """Keep a text as the next version. It judges nothing yet."""
    lock_models()
    newest = Rubric.objects.aggregate(newest=Max("version"))["newest"] or 0
    rubric = Rubric.objects.create(version=newest + 1, text=text, note=note, based_on=active_rubric(), created_by=by)
    audit.record(by, "wrote rubric", rubric, version=rubric.version)
    return rubric


@transaction.atomic
def ask_trial(rubric: Rubric, by: User) -> RubricTrial | None:
    """Have the model that judges score labelled and recent messages under the rubric; None where it does so already.

    None as well where nothing judges yet, or the rubric is in force.
    """
    lock_models()
    active = active_setup()
    if active is None or active.rubric == rubric or RubricTrial.objects.filter(rubric=rubric, finished_at=None):
        return None
    trial = RubricTrial.objects.create(rubric=rubric, model=active.model, messages=_sample(active), asked_by=by)
    audit.record(by, "tried rubric", rubric, version=rubric.version, messages=len(trial.messages))
    return trial


def _sample(active: ScoringSetup) -> list[int]:
    labels = Label.objects.exclude(message__text="").order_by("-pk").values_list("message", flat=True)[:LABELLED]
    scores = Score.objects.filter(model=active.model, rubric=active.rubric).exclude(message__text="")
    recent = scores.order_by("-pk").values_list("message", flat=True)[:RECENT]
    return list(dict.fromkeys([*labels, *recent]))


def open_trial() -> RubricTrial | None:
    """The trial whose turn it is."""
    return RubricTrial.objects.filter(finished_at=None).select_related("rubric", "model").order_by("pk").first()


def has_read(setup: ScoringSetup) -> bool:
    """Whether the model has scored anything under the rubric, so that it is known to fit into its window."""
    return Score.objects.filter(model=setup.model, rubric=setup.rubric).exists()


def shadow_setup() -> ScoringSetup | None:
    """What runs in shadow: a candidate under the rubric in force, or the model that judges under another rubric."""
    active = active_setup()
    if active is None:
        return None
    if model := shadow_model():
        return ScoringSetup(model, active.rubric)
    rubric = Rubric.objects.filter(in_shadow=True).first()
    return ScoringSetup(active.model, rubric) if rubric else None


@transaction.atomic
def set_shadow(rubric: Rubric, by: User | None, *, on: bool, **details: Any) -> bool:
    """Run a rubric in shadow, in place of any other and of a candidate, or end that. False where it is in force."""
    lock_models()
    if on:
        Rubric.objects.filter(in_shadow=True).exclude(pk=rubric.pk).update(in_shadow=False)
        ModelVersion.objects.filter(in_shadow=True).update(in_shadow=False)
    changed = Rubric.objects.filter(pk=rubric.pk, is_active=False).update(in_shadow=on)
    if changed:
        audit.record(by, "began shadow" if on else "ended shadow", rubric, version=rubric.version, **details)
    return bool(changed)


@transaction.atomic
def activate(rubric: Rubric, by: User, *, calibrator: int | None) -> bool:
    """Put a rubric in force, on record, and have the waiting cases follow; False where it is in force by now.

    `calibrator` is the version of its calibrator: None where it has none, and everything goes to people.
    """
    lock_models()
    before, model = active_rubric(), active_model()
    if before == rubric:
        return False
    Rubric.objects.filter(is_active=True).update(is_active=False)
    Rubric.objects.filter(pk=rubric.pk).update(is_active=True, in_shadow=False)
    audit.record(
        by,
        "activated rubric",
        rubric,
        version=rubric.version,
        calibrator=calibrator,
        model=model.pk if model else None,
        changes={"rubric": [before.version if before else None, rubric.version]},
    )
    rerouting.start(None, f"rubric {rubric.version}", by)
    return True
