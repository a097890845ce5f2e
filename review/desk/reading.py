"""What the model said of a message, as the pages show it."""

from dataclasses import dataclass
from itertools import pairwise

from inference.categories import BENIGN
from review.models import Action, Case, Category, Explanation, Verdict
from review.policy import ladder

RUNG_WORDS = {"allow": "allow", "review": "ask people", "hide": "hide", "remove": "remove"}


@dataclass(frozen=True)
class Segment:
    """The stretch of the bar from one rung to the next; ends are shares of 1."""

    start: float
    end: float
    action: str
    here: bool

    @property
    def words(self) -> str:
        name = RUNG_WORDS[self.action]
        if self.start == 0 and self.end == 1:
            return f"{name} always"
        if self.start == 0:
            return f"{name} below {_hundredths(self.end)}"
        if self.end == 1:
            return f"{name} from {_hundredths(self.start)}"
        return f"{name} {_hundredths(self.start)} to {_hundredths(self.end)}"

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
class Reading:
    """A verdict with everything that it came from. `segments` and `shares` are empty where it is uncalibrated."""

    verdict: Verdict
    explanation: Explanation | None
    segments: list[Segment]
    shares: list[Share]

    @property
    def at_percent(self) -> str:
        """Where the marker stands on the bar, kept off its very ends."""
        return f"{min(max((self.verdict.probability or 0) * 100, 0.4), 99.6):.2f}%"

    @property
    def likely(self) -> set[str]:
        """Up to two categories that a reviewer is likely to want."""
        return {share.category.value for share in self.shares[:2] if share.probability >= 0.15}


def read(case: Case) -> Reading | None:
    """The verdict that opened `case`; None where the model could not judge. One query."""
    if case.verdict_id is None:
        return None
    verdict = (
        Verdict.objects.select_related("score__model", "score__rubric", "score__explanation", "calibrator", "policy")
        .defer("score__rubric__text", "calibrator__parameters")
        .get(pk=case.verdict_id)
    )
    return Reading(verdict, getattr(verdict.score, "explanation", None), segments(verdict), shares(verdict))


def segments(verdict: Verdict) -> list[Segment]:
    """The ladder that the verdict was read by, from 0 to 1."""
    probability = verdict.probability
    if probability is None:
        return []
    rungs = ladder.parse(verdict.policy.ladders).of(verdict.category).rungs
    taken = [*(rung for rung in rungs if rung.at < 1), ladder.Rung(1.0, Action.ALLOW)]
    here = max(rung.at for rung in taken[:-1] if rung.at <= probability)
    return [Segment(low.at, high.at, low.action, low.at == here) for low, high in pairwise(taken)]


def shares(verdict: Verdict) -> list[Share]:
    """The model's categories other than benign, likeliest first."""
    named = [Share(Category(name), value) for name, value in verdict.categories.items() if name != BENIGN]
    return sorted(named, key=lambda share: -share.probability)


def _hundredths(share: float) -> str:
    return f"{share:.3f}".rstrip("0").ljust(4, "0").removeprefix("0")
