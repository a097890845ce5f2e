"""How far a backup or a restore is, on a terminal."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from tqdm import tqdm

from moddog_site.backups.archive import Progress


@contextmanager
def bar(title: str, total: int | None) -> Iterator[Progress]:
    """A bar of bytes on standard error where that is a terminal; `total` is None where nobody knows it before."""
    hidden = not sys.stderr.isatty() or total == 0
    with tqdm(total=total, desc=title, unit="B", unit_scale=True, unit_divisor=1024, disable=hidden) as shown:
        yield shown.update
