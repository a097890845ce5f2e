"""The database into one stream, and out of it again, by PostgreSQL's own programs."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

import psycopg
from django.apps import apps
from django.db.migrations.recorder import MigrationRecorder
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from moddog_site.embedded.home import UnusableHome
from moddog_site.embedded.postgres import server_programs

SCHEMA = "public"


class DatabaseFailed(Exception):
    """A dump could not be made or read; the message is one line that says why."""


class NotEmpty(Exception):
    """Something is there that a restore would overwrite; the message is one line that says what."""


@contextmanager
def dumped(url: str) -> Iterator[IO[bytes]]:
    """A stream of the whole database in pg_dump's custom format, as it was at one moment. Raises `DatabaseFailed`."""
    options = ["--format=custom", "--no-owner", "--no-privileges", "--exclude-extension=*"]
    with _running("pg_dump", url, *options, stdout=subprocess.PIPE) as process:
        assert process.stdout  # noqa: S101 - a pipe, as asked for
        yield process.stdout


@contextmanager
def loaded(url: str) -> Iterator[IO[bytes]]:
    """A stream to write such a dump into. All of it is there after the block, or nothing. Raises `DatabaseFailed`."""
    options = ["--format=custom", "--no-owner", "--no-privileges", "--single-transaction", "--exit-on-error"]
    with _running("pg_restore", url, *options, stdin=subprocess.PIPE) as process:
        assert process.stdin  # noqa: S101 - a pipe, as asked for
        try:
            yield process.stdin
            process.stdin.close()
        except BrokenPipeError:  # it ended early: its exit status says so, its words say why
            pass


def refuse_unless_empty(connection: psycopg.Connection) -> None:
    """Raises `NotEmpty` where this database holds anything of moddog's, or of somebody else's, or others use it."""
    others = connection.execute(
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
    ).fetchone()
    if others and others[0]:
        raise NotEmpty("other processes use the database: stop moddog first")
    found = {row[0] for row in connection.execute(TABLES)}
    ours = {model._meta.db_table for model in apps.get_models(include_auto_created=True)}
    ours.add(MigrationRecorder.Migration._meta.db_table)
    if foreign := sorted(name for name in found - ours if not name.startswith("review_")):
        raise NotEmpty(f"the database holds a table that is not moddog's: {foreign[0]}")
    for table in sorted(name for name in found if name.startswith("review_")):
        holds = sql.SQL("SELECT EXISTS (SELECT FROM {})").format(sql.Identifier(SCHEMA, table))
        if connection.execute(holds).fetchone() == (True,):
            raise NotEmpty(f"the database is not empty: there are rows in {table}")


def clear(connection: psycopg.Connection) -> None:
    """Drop the tables, sequences and functions of an instance that holds nothing. Those of extensions stay."""
    connection.execute(DROP_ALL)


def add_extensions(connection: psycopg.Connection) -> None:
    """Add pgvector, which a dump takes as given. Raises psycopg's error where the server has none."""
    connection.execute("CREATE EXTENSION IF NOT EXISTS vector SCHEMA public")


TABLES = "SELECT c.relname FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')"
DROP_ALL = """
DO $$ DECLARE each text; BEGIN
  FOR each IN
    SELECT format('TABLE %I.%I', n.nspname, c.relname) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p')
       AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')
    UNION ALL
    SELECT format('ROUTINE %s', p.oid::regprocedure) FROM pg_proc p
     WHERE p.pronamespace = 'public'::regnamespace
       AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')
  LOOP EXECUTE 'DROP ' || each || ' CASCADE'; END LOOP;
END $$
"""


@contextmanager
def _running(
    program: str, url: str, *options: str, stdin: int | None = None, stdout: int | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """One of PostgreSQL's programs on the database at `url`, which has ended well after the block."""
    target = conninfo_to_dict(url)
    password = str(target.pop("password", "") or "")  # by the environment: others may read a command line
    environ = {**os.environ, **({"PGPASSWORD": password} if password else {})}
    command = [_path_of(program), *options, "--dbname", make_conninfo(**target)]  # type: ignore[arg-type]
    with tempfile.TemporaryFile() as said:
        with subprocess.Popen(command, env=environ, stdin=stdin, stdout=stdout, stderr=said) as process:
            try:
                yield process
            except BaseException:
                process.kill()
                raise
        if process.returncode:
            said.seek(0)
            lines = said.read().decode(errors="replace").split("\n")
            raise DatabaseFailed(next((line for line in lines if "error" in line), f"{program} failed").strip())


def _path_of(program: str) -> str:
    """The program that came with the embedded server, else one on PATH. Raises `DatabaseFailed`."""
    try:
        return str(server_programs() / program)
    except UnusableHome:
        if found := shutil.which(program):
            return found
        raise DatabaseFailed(f"{program} is missing: put PostgreSQL's client programs on PATH") from None
