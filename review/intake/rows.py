"""A valid message on its way into the database."""

from datetime import datetime
from typing import NamedTuple


class Row(NamedTuple):
    """What passed validation. `context` and `metadata` are JSON text; `sent_at` is aware, or None for now."""

    external_id: str
    text: str
    author: str = ""
    channel: str = ""
    thread: str = ""
    sent_at: datetime | None = None
    context: str = "[]"
    metadata: str = "{}"
