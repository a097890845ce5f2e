"""A row in the text form of Postgres' COPY: one string operation for the whole row in place of one for each value."""

import re
from datetime import datetime

from review.intake.rows import Row

_MARKS = re.compile(r"[\\\n\r]")
_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


def copy_line(position: int, digest: bytes, draw: float, row: Row) -> str:
    r"""The line, its \n included. `row` holds no NUL and no lone surrogate."""
    texts = row[:5] + row[6:]
    joined = "\t".join(texts)
    if _MARKS.search(joined) or joined.count("\t") != len(texts) - 1:
        joined = "\t".join([text.translate(_ESCAPES) for text in texts])
    return f"{position}\t\\\\x{digest.hex()}\t{draw!r}\t{_moment(row.sent_at)}\t{joined}\n"


def _moment(moment: datetime | None) -> str:
    return "\\N" if moment is None else moment.isoformat()
