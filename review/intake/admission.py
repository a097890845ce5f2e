"""Whether what a token sends is taken in now: the backlog, and the token's minute."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from review.intake import limits
from review.intake.backlog import refuse_when_full
from review.intake.rows import Row
from review.models import Source


class Admitted(limits.Sender, Protocol):
    """Whoever sends for a source: a token, or what stands for one."""

    @property
    def source(self) -> Source: ...


@dataclass
class Admission:
    """Asked before rows are stored. `headers` tell the client what is left of its minute.

    Of a stream each batch is let in while anything is left, and paid for after: repeats are free then, so that a
    stream that was turned away in the middle comes further each time that it is sent as a whole.
    """

    token: Admitted
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def source(self) -> Source:
        return self.token.source

    def ask(self, rows: Sequence[Row], items: int) -> None:
        """For all at once. Raises ApiError: 429, 503."""
        refuse_when_full(self.source)
        self.headers = limits.take(self.token, items, _volume(rows)).headers

    def ask_about(self, texts: Sequence[str], *, stores: bool) -> None:
        """For texts that another API's client waits for. Raises ApiError: 429, and 503 where they are to be stored."""
        if stores:
            refuse_when_full(self.source)
        self.headers = limits.take(self.token, len(texts), sum(len(text.encode()) for text in texts)).headers

    def ask_for_more(self) -> None:
        """For the next batch of a stream. Raises ApiError: 429, 503."""
        refuse_when_full(self.source)
        self.headers = limits.take(self.token, 0, 0).headers

    def pay(self, rows: Sequence[Row], messages: int) -> None:
        """For `messages` of a batch of a stream that was stored."""
        share = messages / len(rows) if rows else 0.0
        self.headers = limits.charge(self.token, messages, round(_volume(rows) * share)).headers


def _volume(rows: Sequence[Row]) -> int:
    """Bytes of text."""
    return sum(len(row.text.encode()) for row in rows)
