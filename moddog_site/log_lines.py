"""Lines of the logs, without the values that a database error repeats: those are people's messages and names."""

from __future__ import annotations

import logging

import psycopg


class Line(logging.Formatter):
    """An error of the database is written as its kind, with the table and the constraint that it names."""

    def format(self, record: logging.LogRecord) -> str:
        text = super().format(record)
        for error in _database_errors(record):
            said = str(error)
            if said:
                text = text.replace(said, in_short(error)).replace(repr(said)[1:-1], in_short(error))
        return text


def in_short(error: psycopg.Error) -> str:
    """What may be told of an error: for one that the server sent, never its own words."""
    found = error.diag
    if not found.sqlstate:
        return str(error)
    about = (("table", found.table_name), ("column", found.column_name), ("constraint", found.constraint_name))
    places = "".join(f", {kind} {name}" for kind, name in about if name)
    return f"PostgreSQL's error {found.sqlstate}{places}"


def _database_errors(record: logging.LogRecord) -> list[psycopg.Error]:
    """Those that a record tells of, and those that they came from."""
    error = record.exc_info[1] if record.exc_info else None
    waiting = [error, *(each for each in _arguments(record) if isinstance(each, BaseException))]
    found, seen = [], set()
    while waiting:
        error = waiting.pop()
        if error is None or id(error) in seen:
            continue
        seen.add(id(error))
        if isinstance(error, psycopg.Error):
            found.append(error)
        waiting += [error.__cause__, error.__context__]
    return found


def _arguments(record: logging.LogRecord) -> list[object]:
    given = record.args
    return list(given.values()) if isinstance(given, dict) else list(given or ())
