"""What /calibration/ shows a person, and a tag that changes only when any of it does."""

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from hashlib import blake2b
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from review.calibration import figures, history, refit
from review.calibration.labels import new_since
from review.calibration.scope import Scope
from review.enforcement.queue_summary import LIMIT
from review.models import (
    AuditEntry,
    CalibrationFigures,
    CalibrationSetting,
    CalibratorActivation,
    Case,
    Refit,
    Rerouting,
    Source,
)
from review.models.sealing import sealed
from review.registry import calibration_settings
from review.registry.calibrators import active_activation
from review.registry.scoring_setup import ScoringSetup


@dataclass(frozen=True)
class Next:
    """When the next refit comes: once `new` reaches `wanted`, at `after` if any label is new; or now, as asked."""

    new: int
    wanted: int
    after: datetime | None
    asked: AuditEntry | None


@dataclass(frozen=True)
class Own:
    """What a source has of its own in the calibrator in force, and on how many decisions of its it was fitted."""

    source: str
    kind: str
    labels: int


@dataclass(frozen=True)
class Page:
    """One pair's figures in one scope. `is_active`: whether this pair judges messages now.

    `is_whole`: for somebody who sees all sources. Others see what is theirs: no candidates, no refits and who asked
    for them, no re-routing of other sources.
    """

    setup: ScoringSetup
    scope: Scope
    is_active: bool
    is_whole: bool
    figures: CalibrationFigures
    activation: CalibratorActivation | None
    last_refit: Refit | None
    asked: AuditEntry | None
    rerouting: Rerouting | None
    setting: CalibrationSetting

    @property
    def tag(self) -> str:
        """Changes whenever anything on the page does: every part is read off the end of an index."""
        last, asked, run = self.last_refit, self.asked, self.rerouting
        parts = (
            self.setup.model.pk,
            self.setup.rubric.pk,
            self.scope.key,
            self.figures.computed_at,
            self.activation.pk if self.activation else 0,
            last.pk if last else 0,
            asked.pk if asked else 0,
            self.setting.pk,
            (run.pk, run.examined, run.finished_at) if run else 0,
        )
        return blake2b(repr(parts).encode(), digest_size=9).hexdigest()

    @property
    def data(self) -> dict[str, Any] | None:
        """The figures; None while a worker is still at the first ones."""
        found: dict[str, Any] | None = self.figures.data
        return found

    @property
    def active(self) -> Any:
        return self.activation.calibrator if self.activation else None

    @cached_property
    def own(self) -> list[Own]:
        """Of the sources in scope, those that have a calibrator of their own in the one in force, by name."""
        parts = self.active.parameters.get("own", {}) if self.active else {}
        sources = Source.objects.filter(pk__in=parts).order_by("name")
        if self.scope.sources is not None:
            sources = sources.filter(pk__in=self.scope.sources)
        own = [(source, parts[str(source.pk)]) for source in sources]
        return [Own(source.name, each["kind"], each["labels"]) for source, each in own]

    @cached_property
    def entries(self) -> list[history.Entry]:
        found = history.entries(self.setup, self.active)
        return found if self.is_whole else [each for each in found if each.has_been_in_force]

    @cached_property
    def refits(self) -> Any:
        return history.refits(self.setup)

    @cached_property
    def before(self) -> Any:
        return history.before(self.setup, self.active)

    @cached_property
    def next(self) -> Next:
        last = self.last_refit
        since = datetime.fromisoformat(last.figures["until"]) if last else None
        new = new_since(self.setup.model, self.setup.rubric, since, timezone.now(), refit.EVERY_LABELS)
        after = last.created_at + refit.EVERY if last else None
        return Next(new, refit.EVERY_LABELS, after, self.asked)

    @cached_property
    def undecided(self) -> int:
        """Blind cases that still wait, at most LIMIT + 1: while they do, they count against every guarantee."""
        open_cases = Case.objects.filter(sealed(), state=Case.State.OPEN)
        if self.scope.sources is not None:
            open_cases = open_cases.filter(source__in=self.scope.sources)
        return open_cases[: LIMIT + 1].count()


def build(setup: ScoringSetup, scope: Scope, sources: tuple[int, ...] | None, *, is_active: bool) -> Page:
    """The page as it is now, for somebody who sees `sources` (None: all); counts what is new where that is quick."""
    last = refit.last_refit(setup)
    return Page(
        setup=setup,
        scope=scope,
        is_active=is_active,
        is_whole=sources is None,
        figures=figures.figures(setup, scope),
        activation=active_activation(setup.model, setup.rubric),
        last_refit=last,
        asked=refit.asked_since(setup, last),
        rerouting=_reroutings(sources).select_related("source").order_by("-pk").first(),
        setting=calibration_settings.setting(),
    )


def _reroutings(sources: tuple[int, ...] | None) -> QuerySet[Rerouting]:
    """One over all sources counts the cases of all of them, so it is shown to who sees them all."""
    return Rerouting.objects.all() if sources is None else Rerouting.objects.filter(source__in=sources)
