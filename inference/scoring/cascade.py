"""A cascade: the first model judges every text, and leaves to the second what lies within a band of margins.

Margins of two models are two scales. The second's are put on the first's by a line that belongs to the version: one
threshold then means one thing whoever spoke, so a certified threshold stays a margin, one calibrator reads them all,
and the queue has one order.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum
from math import inf
from time import perf_counter

from inference.scoring.explanation import Explanation
from inference.scoring.text_score import Begun, Between, Scorer, Text, TextScore

FEWEST, MOST = 4, 64
"""Texts that the second model reads at once: so many before its speed is known, and so many at the most."""
GAIN = 0.3  # how much of its speed is learnt from one pass


class Later(Enum):
    """In place of a score: the second model did not come to the text in time."""

    LATER = "later"


LATER = Later.LATER


@dataclass(frozen=True)
class Deferral:
    """The second speaks where the first's margin lies in [low, high].

    `slope * margin + offset` puts its margins on the first's scale. Raises ValueError unless low < high and slope > 0.
    """

    low: float
    high: float
    slope: float = 1.0
    offset: float = 0.0

    def __post_init__(self) -> None:
        if not self.low < self.high:
            raise ValueError("the low end of a band lies below its high end")
        if not 0.0 < self.slope < inf or not abs(self.offset) < inf:
            raise ValueError("a scale has a slope above 0 and a finite offset")

    def defers(self, margin: float) -> bool:
        """Whether a margin of the first leaves the text to the second."""
        return self.low <= margin <= self.high

    def spoken(self, second: TextScore) -> TextScore:
        """A score of the second as the cascade gives it: on the first's scale, and without a vector of its own."""
        return replace(second, margin=self.slope * second.margin + self.offset, deferred=True, vector=b"")


class CascadeScorer:
    """Two scorers as one. Categories, windows and reasons are those of whichever spoke."""

    def __init__(self, first: Scorer, second: Scorer, deferral: Deferral) -> None:
        self.first, self.second, self.deferral = first, second, deferral
        self.name = f"{first.name} then {second.name}"
        self.model_hash, self.rubric = first.model_hash, first.rubric
        self.room = min(first.room, second.room)
        self._each = 0.0  # seconds that the second takes for a text; 0 before it was measured

    def warm_up(self) -> None:
        """Do once what is slow only the first time."""
        self.first.warm_up()
        self.second.warm_up()

    def leave_a_core(self, to_others: bool) -> None:
        """From now on leave one core of this machine to other processes, or take them all."""
        self.first.leave_a_core(to_others)
        self.second.leave_a_core(to_others)

    def score(self, texts: Sequence[Text]) -> list[TextScore]:
        """A score for each text, in order, however long the second takes."""
        return [score for score in self.score_within(texts, inf) if score is not LATER]

    def score_within(self, texts: Sequence[Text], seconds: float) -> list[TextScore | Later]:
        """A score for each text, in order; LATER for those that the second did not come to, to be asked again.

        It begins no pass after so many seconds, nor one that would take longer by what it measured; but it comes to
        one text at least, so that asking again ends.
        """
        end = perf_counter() + seconds
        scores = self.first.score(texts)
        found: list[TextScore | Later] = list(scores)
        deferred = [number for number, score in enumerate(scores) if self.deferral.defers(score.margin)]
        done = 0
        while done < len(deferred) and (done == 0 or perf_counter() < end):
            numbers = deferred[done : done + self._at_once(end - perf_counter())]
            for number, score in zip(numbers, self._second([texts[number] for number in numbers]), strict=True):
                # whoever spoke, vectors are the first's: those of two models cannot be compared
                found[number] = replace(self.deferral.spoken(score), vector=scores[number].vector)
            done += len(numbers)
        for number in deferred[done:]:
            found[number] = LATER
        return found

    def read_on(self, text: Text, begun: Begun | None) -> Begun:
        """A few windows more of the first, and of the second once the first has left the text to it.

        The second's margins are put on the first's scale when the last of its windows is read.
        """
        if begun and begun.score.deferred:
            return self._finished(self.second.read_on(text, begun))
        read = self.first.read_on(text, begun)
        if read.is_done and self.deferral.defers(read.score.margin):
            return self._finished(self.second.read_on(text, None))
        return read

    def explain(
        self, texts: Sequence[str], scores: Sequence[TextScore], between: Between | None = None
    ) -> list[Explanation]:
        """What the model writes that spoke, in order."""
        found: dict[int, Explanation] = {}
        for scorer, deferred in ((self.first, False), (self.second, True)):
            numbers = [number for number, score in enumerate(scores) if score.deferred == deferred]
            if numbers:
                asked = [texts[number] for number in numbers], [scores[number] for number in numbers]
                found |= zip(numbers, scorer.explain(*asked, between), strict=True)
        return [found[number] for number in range(len(texts))]

    def _finished(self, read: Begun) -> Begun:
        score = self.deferral.spoken(read.score) if read.is_done else replace(read.score, deferred=True)
        return Begun(replace(score, vector=b""), read.read)  # of a long text there is none of the first's

    def _at_once(self, seconds: float) -> int:
        """How many texts the second reads next, 1 to MOST: as many as it has time for."""
        if not self._each:
            return FEWEST
        return max(1, min(MOST, int(min(seconds / self._each, MOST))))

    def _second(self, texts: Sequence[Text]) -> list[TextScore]:
        started = perf_counter()
        scores = self.second.score(texts)
        taken = (perf_counter() - started) / len(texts)
        self._each = self._each + GAIN * (taken - self._each) if self._each else taken
        return scores
