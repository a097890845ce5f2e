"""Which labels and messages a page of figures is about."""

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from hashlib import blake2b
from json import dumps
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inference.categories import CATEGORIES
from review.calibration.labels import Labels


@dataclass(frozen=True)
class Scope:
    """`sources` are ids, None for all; `category` is the model's likeliest violation; `days` 0 for all time.

    A category that was *ruled* would be an outcome, and figures chosen by outcome say nothing about probabilities.
    """

    sources: tuple[int, ...] | None = None
    category: str = ""
    days: int = 0

    @property
    def key(self) -> str:
        return blake2b(dumps(asdict(self), sort_keys=True).encode(), digest_size=12).hexdigest()

    @property
    def one_source(self) -> int | None:
        return self.sources[0] if self.sources is not None and len(self.sources) == 1 else None

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "Scope":
        sources = data["sources"]
        return cls(None if sources is None else tuple(sources), data["category"], data["days"])

    def of(self, labels: Labels, at: datetime) -> NDArray[np.bool_]:
        """Which of the labels it holds, as of `at`."""
        found = np.ones(len(labels), dtype=bool)
        if self.sources is not None:
            found &= np.isin(labels.source, self.sources)
        if self.category:
            found &= labels.category == CATEGORIES.index(self.category)
        if self.days:
            found &= labels.decided >= (at - timedelta(days=self.days)).timestamp()
        return found

    def outside(self, labels: Labels) -> int:
        """Decisions in these sources that the model has no category for."""
        return sum(count for source, count in labels.outside.items() if self.sources is None or source in self.sources)
