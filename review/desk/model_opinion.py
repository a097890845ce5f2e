"""What the model said of a message, as the pages show it."""

import json
from dataclasses import dataclass
from itertools import pairwise

from django.db import connection
from django.utils.translation import gettext, pgettext_lazy

from inference.calibration.calibrator_json import from_json
from inference.categories import BENIGN
from review.models import Action, CalibratorVersion, Case, Category
from review.numbers import number
from review.registry import ladder
from review.registry.calibrators import probability_at
from review.verdicts.rung_choice import take

# Subqueries where a join would do: with seven tables to join, planning takes longer than all the rest.
_OPINION = """
SELECT v.probability, v.flag, v.category, v.categories, v.why, p.version, p.ladders,
       (SELECT jsonb_build_array(name, fingerprint) FROM review_modelversion WHERE id = s.model_id),
       (SELECT version FROM review_rubric WHERE id = s.rubric_id),
       (SELECT jsonb_build_array(version, coalesce((own ->> 'labels')::int, labels), provisional AND own IS NULL)
          FROM (SELECT *, parameters -> 'own' -> p.source_id::text AS own FROM review_calibratorversion) AS known
         WHERE id = v.calibrator_id),
       v.calibrator_id, e.reason, e.emitted_confidence, e.malformed
  FROM review_verdict v
  JOIN review_score s ON s.id = v.score_id
  JOIN review_policy p ON p.id = v.policy_id
  LEFT JOIN review_explanation e ON e.score_id = s.id
 WHERE v.id = %s
"""
RUNG_WORDS = {
    "allow": pgettext_lazy("on a rung", "allow"),
    "review": pgettext_lazy("on a rung", "ask people"),
    "hide": pgettext_lazy("on a rung", "hide"),
    "remove": pgettext_lazy("on a rung", "remove"),
}


@dataclass(frozen=True)
class Segment:
    """The stretch of the bar from one rung to the next; ends are shares of 1."""

    start: float
    end: float
    action: str
    here: bool

    @property
    def words(self) -> str:
        said = {"rung": RUNG_WORDS[self.action], "low": _hundredths(self.start), "high": _hundredths(self.end)}
        if self.start == 0 and self.end == 1:
            return gettext("%(rung)s always") % said
        if self.start == 0:
            return gettext("%(rung)s below %(high)s") % said
        if self.end == 1:
            return gettext("%(rung)s from %(low)s") % said
        return gettext("%(rung)s %(low)s to %(high)s") % said

    @property
    def start_percent(self) -> str:
        return f"{self.start * 100:.2f}%"

    @property
    def width_percent(self) -> str:
        return f"{(self.end - self.start) * 100:.2f}%"


@dataclass(frozen=True)
class Share:
    """A category's probability, 0 to 1."""

    category: Category
    probability: float

    @property
    def width_percent(self) -> str:
        return f"{self.probability * 100:.2f}%"


@dataclass(frozen=True)
class Calibrator:
    """The calibrator that turned the margin into a probability."""

    version: int
    labels: int
    provisional: bool


@dataclass(frozen=True)
class Opinion:
    """A verdict with what it came from. `probability` is None, `segments` and `shares` empty, where uncalibrated."""

    probability: float | None
    flag: bool
    category: str
    why: str
    model: str
    rubric: int
    policy: int
    calibrator: Calibrator | None
    segments: list[Segment]
    shares: list[Share]
    reason: str
    emitted_confidence: float | None
    malformed: bool

    @property
    def at_percent(self) -> str:
        """Where the marker stands on the bar, kept off its very ends."""
        return f"{min(max((self.probability or 0) * 100, 0.4), 99.6):.2f}%"

    @property
    def rungs_in_words(self) -> str:
        """The whole bar for whoever does not see it: "allow below .12, ask people from .12"."""
        return ", ".join(segment.words for segment in self.segments)

    @property
    def likely(self) -> set[str]:
        """Up to two categories that a reviewer is likely to want."""
        return {share.category.value for share in self.shares[:2] if share.probability >= 0.15}


def read(case: Case) -> Opinion | None:
    """The verdict that opened `case`; None where the model could not judge. One query."""
    if case.verdict_id is None:
        return None
    with connection.cursor() as cursor:
        cursor.execute(_OPINION, [case.verdict_id])
        probability, flag, category, categories, why, policy, ladders, model, rubric, calibrator, *said = (
            cursor.fetchone()
        )
    calibrator_id, reason, emitted_confidence, malformed = said
    named = shares(json.loads(categories))
    name, fingerprint = json.loads(model)
    likeliest = named[0].category if named else category
    routed = ladder.parse(json.loads(ladders)).of(likeliest)
    setup_key = ladder.SetupKey(fingerprint, rubric)
    return Opinion(
        probability=probability,
        flag=flag,
        category=category,
        why=why,
        model=name,
        rubric=rubric,
        policy=policy,
        calibrator=Calibrator(*json.loads(calibrator)) if calibrator else None,
        segments=segments(
            probability, as_drawn(routed, setup_key, calibrator_id, case.source_id, likeliest), setup_key
        ),
        shares=named,
        reason=reason or "",
        emitted_confidence=emitted_confidence,
        malformed=bool(malformed),
    )


def as_drawn(
    routed: ladder.Ladder, setup_key: ladder.SetupKey, calibrator_id: int | None, source: int, category: str
) -> ladder.Ladder:
    """The ladder with certified margins as probabilities of the verdict's calibrator, which is read only for them.

    As the verdict's own, they are those of the source (its id) and the likeliest violation.
    """
    if calibrator_id is None or not any(rung.in_force(setup_key) for rung in routed.rungs):
        return routed
    calibrate = from_json(CalibratorVersion.objects.values_list("parameters", flat=True).get(pk=calibrator_id))
    return routed.drawn(setup_key, lambda margin: probability_at(calibrate, margin, source, category))


def segments(probability: float | None, drawn: ladder.Ladder, setup_key: ladder.SetupKey) -> list[Segment]:
    """What is done from 0 to 1, neighbours alike joined. `drawn` has its certified margins as probabilities."""
    if probability is None:
        return []
    starts = {rung.at for rung in drawn.rungs}
    starts |= {found.margin for rung in drawn.rungs if (found := rung.in_force(setup_key))}
    begins = [at for at in sorted(starts) if at < 1]
    taken = take(drawn, begins, begins, setup_key)
    done = [
        Action.REVIEW.value if looked_at else action
        for action, looked_at in zip(taken.actions, taken.supervised, strict=True)
    ]
    courses = list(zip(begins, done, strict=True))
    firsts = [one for index, one in enumerate(courses) if index == 0 or one[1] != courses[index - 1][1]]
    here = max(at for at, _ in firsts if at <= probability)
    return [Segment(low[0], high[0], low[1], low[0] == here) for low, high in pairwise([*firsts, (1.0, "")])]


def shares(categories: dict[str, float]) -> list[Share]:
    """The model's categories other than benign, likeliest first."""
    named = [Share(Category(name), value) for name, value in categories.items() if name != BENIGN]
    return sorted(named, key=lambda share: -share.probability)


def _hundredths(share: float) -> str:
    return number(share, ".3f").rstrip("0").ljust(4, "0").removeprefix("0")
