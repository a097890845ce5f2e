"""The database for one command: that of a running instance, or one started for the command's duration."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager


@contextmanager
def database_for(arguments: Sequence[str]) -> Iterator[None]:
    """The database that the command in `arguments` needs."""
    yield
