"""A calibrator of its own for each source where its own labels say that it helps, a common one for the others. Pure.

No source is calibrated by another's decisions where its own will do. The demo's labels are set apart altogether: what
people decide about a made-up community says nothing of anybody else's, from the first label on.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import numpy as np

from review.calibration.labels import Labels
from review.calibration.refit_attempt import Attempt, InForce, attempt

TOLD = 5  # sources whose reasons are told


@dataclass(frozen=True)
class Attempts:
    """What came of a refit: of the common calibrator (None: not tried), and of each source's own, by its id.

    `labels` is how many there were `at` that moment, `in_force` what they were held against.
    """

    at: datetime
    labels: int
    in_force: InForce | None
    common: Attempt | None
    own: Mapping[int, Attempt]

    @property
    def promoted(self) -> bool:
        return any(each.promoted for each in self.every)

    @property
    def every(self) -> list[Attempt]:
        return [*([self.common] if self.common else []), *self.own.values()]

    @property
    def parts(self) -> "Attempts":
        """What goes into the next version: what was promoted, or else all that was fitted, for an admin to see."""

        def is_new(each: Attempt) -> bool:
            return each.promoted if self.promoted else each.calibrator is not None

        own = {source: each for source, each in self.own.items() if is_new(each)}
        return replace(self, common=self.common if self.common and is_new(self.common) else None, own=own)


@dataclass(frozen=True)
class Next:
    """A version to be kept: what is stored of it, and of its common part what that was fitted on, and whether it is as
    shipped. What a source has of its own says in its parameters on what."""

    parameters: dict[str, Any]
    labels: int
    violations: int
    provisional: bool


def attempt_all(
    labels: Labels, in_force: InForce | None, at: datetime, kind: str = "", *, apart: Collection[int] = ()
) -> Attempts:
    """Fit and judge the common calibrator, and one for each source where there are several.

    Sources `apart` (ids) never share theirs. Without a calibrator in force all labels go into a first common one.
    """
    if in_force is None:
        return Attempts(at, len(labels), None, attempt(labels, None, at, kind=kind), {})
    together = labels.where(~np.isin(labels.source, list(apart)))
    sharing = set(np.unique(together.source).tolist())
    alone = sharing if len(sharing) > 1 else sharing & set(in_force.own_until)
    alone = alone | (set(np.unique(labels.source).tolist()) - sharing)
    own = {source: attempt(labels, in_force, at, source, kind) for source in sorted(alone)}
    common = attempt(together, in_force, at, kind=kind) if sharing or not own else None
    return Attempts(at, len(labels), in_force, common, own)


def next_version(found: Attempts) -> Next | None:
    """The version in force with the new parts in place of its own; None where nothing could be fitted."""
    new, in_force, until = found.parts, found.in_force, {"until": found.at.isoformat()}
    if not new.every:
        return None
    before = dict(in_force.parameters) if in_force else {}
    own = dict(before.pop("own", {})) | {
        str(source): _calibrator(each) | until | {"labels": each.labels, "violations": each.violations}
        for source, each in new.own.items()
    }
    common, fitted_on = (_calibrator(new.common) | until, new.common) if new.common else (before, in_force)
    return Next(
        common | ({"own": own} if own else {}),
        fitted_on.labels if fitted_on else 0,
        fitted_on.violations if fitted_on else 0,
        provisional=bool(in_force and in_force.provisional and not new.common),
    )


def in_words(found: Attempts, names: Mapping[int, str]) -> str:
    """Why it ended as it did: of what was promoted, or else of all that was tried."""
    told = [(source, each) for source, each in found.own.items() if each.promoted or not found.promoted]
    words = [found.common.reason] if found.common and (found.common.promoted or not found.promoted) else []
    return " ".join([*words, *(f"{names.get(source, source)}: {each.reason}" for source, each in told[:TOLD])])


def figures_of(found: Attempts) -> dict[str, Any]:
    """The figures of the common attempt, or of the only one, with those of each source's own under `own`."""
    first = found.every[0]
    own = {
        str(source): each.figures | {"labels": each.labels, "promoted": each.promoted, "reason": each.reason}
        for source, each in found.own.items()
    }
    return first.figures | ({"own": own} if own else {})


def _calibrator(found: Attempt) -> dict[str, Any]:
    return found.calibrator.to_json() if found.calibrator else {}
