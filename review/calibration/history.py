"""A pair's calibrators and the attempts at better ones: what each is now, since when, through whom and why."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Max

from review.models import CalibratorActivation, CalibratorVersion, Refit
from review.registry.scoring_setup import ScoringSetup

SHOWN = 12

IN_FORCE, RETIRED, REJECTED, CANDIDATE = "in force", "retired", "rejected", "candidate"


@dataclass(frozen=True)
class Entry:
    """`refit` is the attempt that fitted it, `last` when it was last put in force; either may be missing."""

    calibrator: CalibratorVersion
    status: str
    refit: Refit | None
    last: CalibratorActivation | None

    @property
    def needs_a_reason(self) -> bool:
        """Nobody has put it in force yet, so whoever does must say why."""
        return self.status in (REJECTED, CANDIDATE)

    @property
    def has_been_in_force(self) -> bool:
        return self.status in (IN_FORCE, RETIRED)

    @property
    def kinds(self) -> list[dict[str, Any]]:
        """Each kind that was compared: its loss, and how far it lay behind the best one's."""
        figures = self.refit.figures if self.refit else {}
        return [
            {"kind": kind, "loss": loss, "behind": figures["behind"][kind], "chosen": kind == figures["chosen"]}
            for kind, loss in figures.get("log_loss", {}).items()
        ]

    @property
    def why(self) -> str:
        """Why it is what it is."""
        return self.last.why if self.last else self.refit.reason if self.refit else ""


def entries(setup: ScoringSetup, active: CalibratorVersion | None) -> list[Entry]:
    """The pair's newest calibrators, and the active one however old, newest first."""
    of_pair = CalibratorVersion.objects.filter(model=setup.model, rubric=setup.rubric).order_by("-version")
    newest = list(of_pair[:SHOWN])
    if active and active not in newest:
        newest.append(active)
    return _entries(newest, active)


def entry(calibrator: CalibratorVersion, active: CalibratorVersion | None) -> Entry:
    return _entries([calibrator], active)[0]


def refits(setup: ScoringSetup) -> list[Refit]:
    attempts = Refit.objects.filter(model=setup.model, rubric=setup.rubric)
    return list(attempts.select_related("requested_by", "calibrator").order_by("-pk")[:SHOWN])


def before(setup: ScoringSetup, active: CalibratorVersion | None) -> CalibratorVersion | None:
    """What was in force before the calibrator that is now: where a roll-back goes."""
    activations = CalibratorActivation.objects.filter(calibrator__model=setup.model, calibrator__rubric=setup.rubric)
    last = activations.exclude(calibrator=active).select_related("calibrator").order_by("-pk").first()
    return last.calibrator if last else None


def _entries(calibrators: list[CalibratorVersion], active: CalibratorVersion | None) -> list[Entry]:
    latest = CalibratorActivation.objects.filter(calibrator__in=calibrators).values("calibrator").annotate(Max("pk"))
    activations = CalibratorActivation.objects.filter(pk__in=[row["pk__max"] for row in latest]).select_related("by")
    last = {activation.calibrator_id: activation for activation in activations}
    attempts = {refit.calibrator_id: refit for refit in Refit.objects.filter(calibrator__in=calibrators)}
    return [_entry(each, active, attempts.get(each.pk), last.get(each.pk)) for each in calibrators]


def _entry(
    each: CalibratorVersion, active: CalibratorVersion | None, refit: Refit | None, last: CalibratorActivation | None
) -> Entry:
    if each == active:
        return Entry(each, IN_FORCE, refit, last)
    if last:
        return Entry(each, RETIRED, refit, last)
    worse = refit is not None and refit.figures.get("gate", {}).get("difference", -1.0) >= 0.0
    return Entry(each, REJECTED if worse else CANDIDATE, refit, last)
