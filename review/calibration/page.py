"""What /calibration/ shows, and a key that changes only when any of it does."""

from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from typing import Any

from django.core.cache import cache
from django.db.models import Max
from django.utils import timezone

from review.calibration import refit
from review.calibration.active import active_activation
from review.calibration.diagrams import diagrams
from review.calibration.labels import new_since, usable
from review.judging.registry import Judge
from review.models import AuditEntry, Calibrator, CalibratorActivation, Decision, Refit

KEPT_FOR = 3600  # seconds that computed diagrams stay in the cache
COMPUTED_WITHIN = 60  # seconds after which another request takes over from one that was lost
SHOWN = 12


@dataclass(frozen=True)
class State:
    """The newest row of each kind that the page is made from: cheap to read, and all that an ETag needs."""

    model: int
    rubric: int
    activation: int
    decision: int
    refit: int
    request: int

    @property
    def key(self) -> str:
        text = f"{self.model}.{self.rubric}.{self.activation}.{self.decision}.{self.refit}.{self.request}"
        return blake2b(text.encode(), digest_size=9).hexdigest()


def state_of(judge: Judge) -> State:
    """Five look-ups at the end of an index each, whatever the number of labels."""
    activation = active_activation(judge.model, judge.rubric)
    counting = Decision.objects.filter(effective_at__lte=timezone.now(), undone_at=None).order_by(
        "-effective_at", "-pk"
    )
    last, request = refit.last_refit(judge), refit.asked(judge)
    return State(
        model=judge.model.pk,
        rubric=judge.rubric.pk,
        activation=activation.pk if activation else 0,
        decision=counting.values_list("pk", flat=True).first() or 0,
        refit=last.pk if last else 0,
        request=request.pk if request else 0,
    )


def figures(judge: Judge, state: State) -> dict[str, Any]:
    """The diagrams' data, computed once for each state."""
    key = f"calibration:{state.model}.{state.rubric}.{state.activation}.{state.decision}"
    latest = f"calibration:{state.model}.{state.rubric}"
    found: dict[str, Any] | None = cache.get(key)
    if found is None and not cache.add(f"{key}:computing", True, COMPUTED_WITHIN):
        found = cache.get(latest)  # somebody computes them right now: the last ones will do until then
    if found is None:
        found = diagrams(usable(judge.model, judge.rubric, timezone.now()), refit.in_force(judge))
        cache.set_many({key: found, latest: found}, KEPT_FOR)
    return found


def calibrators(judge: Judge) -> list[Calibrator]:
    """The pair's newest calibrators, each with when it was last put in force, by whom and why."""
    newest = Calibrator.objects.filter(model=judge.model, rubric=judge.rubric).order_by("-version")[:SHOWN]
    latest = CalibratorActivation.objects.filter(calibrator__in=list(newest)).values("calibrator").annotate(Max("pk"))
    activations = CalibratorActivation.objects.filter(pk__in=[row["pk__max"] for row in latest]).select_related("by")
    last = {activation.calibrator_id: activation for activation in activations}
    for calibrator in newest:
        calibrator.last = last.get(calibrator.pk)  # type: ignore[attr-defined]
    return list(newest)


def refits(judge: Judge) -> list[Refit]:
    attempts = Refit.objects.filter(model=judge.model, rubric=judge.rubric)
    return list(attempts.select_related("requested_by", "calibrator").order_by("-pk")[:SHOWN])


@dataclass(frozen=True)
class Next:
    """When the next refit comes: once `new` reaches `wanted`, at `after` if any label is new; or now, as asked."""

    new: int
    wanted: int
    after: datetime | None
    asked: AuditEntry | None


def next_refit(judge: Judge) -> Next:
    last = refit.last_refit(judge)
    since = datetime.fromisoformat(last.figures["until"]) if last else None
    new = new_since(judge.model, judge.rubric, since, timezone.now(), refit.EVERY_LABELS)
    after = last.created_at + refit.EVERY if last else None
    return Next(new, refit.EVERY_LABELS, after, refit.asked(judge))
