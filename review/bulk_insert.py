"""Inserts many rows of a table with one statement and one parameter.

`bulk_create` makes a parameter of each value where a column is an array or JSON, or is left to its default. In a pass
of the judging loop that took more of the processor than all else that is written. Here the rows travel as one JSON
text, and PostgreSQL reads it by the types of the table.
"""

import json
from collections.abc import Iterable
from datetime import date
from functools import cache
from operator import attrgetter
from typing import Any, TypeVar

from django.db import connection
from django.db.models import Model
from django.db.models.expressions import DatabaseDefault

Row = TypeVar("Row", bound=Model)

_INSERT = """
INSERT INTO {table} ({columns}) SELECT {columns} FROM json_populate_recordset(NULL::{table}, %s) {then}
"""


def insert(rows: Iterable[Row]) -> list[Row]:
    """Insert new rows of one model in their order; answers them, each with its key."""
    new = list(rows)
    for row, (key,) in zip(new, _inserted(new, "RETURNING id"), strict=True):
        row.pk = key
        row._state.adding, row._state.db = False, connection.alias
    return new


def insert_missing(rows: Iterable[Model]) -> None:
    """Insert those of the rows, all of one model, that break no constraint of uniqueness; they get no keys."""
    _inserted(list(rows), "ON CONFLICT DO NOTHING RETURNING id")


def _inserted(rows: list[Row], then: str) -> list[tuple[int]]:
    if not rows:
        return []
    columns = _columns(rows[0])
    read = attrgetter("pk", *columns)  # two at least, or it would not answer a tuple
    values = [dict(zip(columns, read(row)[1:], strict=True)) for row in rows]
    with connection.cursor() as cursor:
        cursor.execute(_statement(type(rows[0]), columns, then), [json.dumps(values, default=_as_text)])
        return list(cursor.fetchall())


def _columns(row: Model) -> tuple[str, ...]:
    """Those that have a value. What one row leaves to the database's default, all of them do."""
    given = (field.attname for field in row._meta.concrete_fields if not (field.primary_key or field.generated))
    return tuple(name for name in given if not isinstance(getattr(row, name), DatabaseDefault))


@cache
def _statement(model: type[Model], columns: tuple[str, ...], then: str) -> str:
    names = ", ".join(f'"{name}"' for name in columns)
    return _INSERT.format(table=model._meta.db_table, columns=names, then=then)


def _as_text(value: Any) -> str:
    """What JSON has no form for, as PostgreSQL reads it."""
    if isinstance(value, date):  # a time, too
        return value.isoformat()
    return "\\x" + bytes(value).hex()
