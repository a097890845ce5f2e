"""Appeals that were made in a period: how many ended how, and how long an answer took."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection

from inference.reliability.curves import wilson
from review.models import Source

_COUNTED = """
SELECT count(*) FILTER (WHERE state = 'open'), count(*) FILTER (WHERE state = 'upheld'),
       count(*) FILTER (WHERE state = 'overturned'), count(*) FILTER (WHERE state = 'erased'),
       percentile_cont(0.5) WITHIN GROUP (ORDER BY resolved_at - created_at)
           FILTER (WHERE state IN ('upheld', 'overturned'))
  FROM review_appeal WHERE source_id = %s AND created_at >= %s AND created_at < %s
"""


@dataclass(frozen=True)
class AppealFigures:
    """Appeals by how they ended; `median` is the time from an appeal to its answer, None where none was answered."""

    waiting: int
    upheld: int
    overturned: int
    erased: int
    median: timedelta | None

    @property
    def answered(self) -> int:
        return self.upheld + self.overturned

    @property
    def overturned_share(self) -> float | None:
        """Of those answered; None where none was."""
        return self.overturned / self.answered if self.answered else None

    @property
    def interval(self) -> tuple[float, float]:
        """Of that share, 95 %, Wilson's."""
        return wilson(self.overturned / self.answered, self.answered) if self.answered else (0.0, 1.0)


def appeal_figures(source: Source, start: datetime, end: datetime) -> AppealFigures:
    """Of the appeals made from `start` on and before `end`."""
    with connection.cursor() as cursor:
        cursor.execute(_COUNTED, [source.pk, start, end])
        return AppealFigures(*cursor.fetchone())
