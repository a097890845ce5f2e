"""What /rubrics/ shows: every version, and one beside the one that is in force."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext

from review.candidates.comparison_page import compared_with, left_shadow
from review.models import CalibratorActivation, Label, Rubric, RubricTrial
from review.registry.in_context import earlier_messages_of
from review.registry.rubrics import has_read
from review.registry.scoring_setup import ScoringSetup, active_setup

SHOWN = 50


@dataclass(frozen=True)
class Entry:
    """A version. `state` is "in force", "in shadow", "being tried", "tried", "could not be tried" or "written"."""

    rubric: Rubric
    state: str
    trial: RubricTrial | None


def overview() -> dict[str, Any]:
    """The newest versions, with how far each has come."""
    active = active_setup()
    versions = list(Rubric.objects.select_related("created_by", "based_on").order_by("-version")[:SHOWN])
    return {"active": active, "entries": [entry_of(each) for each in versions]}


def entry_of(rubric: Rubric) -> Entry:
    trial = RubricTrial.objects.filter(rubric=rubric).select_related("asked_by").order_by("-pk").first()
    if rubric.is_active:
        state = "in force"
    elif trial and trial.is_open:
        state = "being tried"
    elif rubric.in_shadow:
        state = "in shadow"
    elif trial:
        state = "could not be tried" if trial.error else "tried"
    else:
        state = "written"
    return Entry(rubric, state, trial)


def page(rubric: Rubric, active: ScoringSetup, against: Rubric | None) -> dict[str, Any]:
    """A version's page: its words beside another's, its trial, and what it would change."""
    candidate = ScoringSetup(active.model, rubric)
    shown = {
        "active": active,
        "entry": entry_of(rubric),
        "against": against,
        "others": Rubric.objects.exclude(pk=rubric.pk).order_by("-version")[:SHOWN],
        "parts": list(changes(against.text, rubric.text)) if against else [("same", rubric.text)],
        "activations": _activations(candidate),
        "left_shadow": left_shadow(rubric),
    }
    return shown if rubric.is_active or not has_read(candidate) else shown | _compared(candidate, active)


def _compared(candidate: ScoringSetup, active: ScoringSetup) -> dict[str, Any]:
    earlier_messages = earlier_messages_of(Label.objects.values_list("source", flat=True).distinct())
    return compared_with(active, candidate) | {
        "is_read": True,
        "charts_url": reverse("rubric-charts", args=[candidate.rubric.pk]),
        "sides": [
            ("active", gettext("Rubric %(version)s, in force") % {"version": active.rubric.version}),
            ("candidate", gettext("Rubric %(version)s") % {"version": candidate.rubric.version}),
        ],
        "judges_in_context": any(earlier_messages.values()),
    }


def changes(before: str, after: str) -> Iterator[tuple[str, str]]:
    """The words of two texts in order, each run as "same", "gone" or "new". Blanks belong to the word before them."""
    old, new = (re.findall(r"\S+\s*|\s+", text) for text in (before, after))
    for kind, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind == "equal":
            yield "same", "".join(old[a:b])
            continue
        if a < b:
            yield "gone", "".join(old[a:b])
        if c < d:
            yield "new", "".join(new[c:d])


def _activations(candidate: ScoringSetup) -> list[CalibratorActivation]:
    """The calibrators that were in force for the model under the rubric, the newest first."""
    found = CalibratorActivation.objects.filter(calibrator__model=candidate.model, calibrator__rubric=candidate.rubric)
    return list(found.select_related("calibrator", "by").order_by("-pk")[:5])
