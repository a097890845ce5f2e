"""The databases of the tests: migrated once for a run of the suite, copied by whoever needs one, emptied quickly."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
from django.db import OperationalError, connection
from django.test import TransactionTestCase

from moddog_site.addresses import database_at_socket
from moddog_site.embedded.home import Home
from moddog_site.variables import PROJECT

_EMPTY = """
DO $$
DECLARE
    every text[] := ARRAY(
        SELECT oid::regclass::text FROM pg_class
         WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'
           AND relname NOT IN ('django_migrations', 'django_content_type', 'auth_permission')
    );
    each text;
BEGIN
    SET LOCAL session_replication_role = replica;  -- neither foreign keys nor append-only rows stand in the way
    IF (SELECT sum(pg_relation_size(table_name::regclass)) FROM unnest(every) AS named (table_name)) > 64e6 THEN
        EXECUTE 'TRUNCATE ' || array_to_string(every, ', ');  -- nobody vacuums: see leave_tables_alone
        RETURN;
    END IF;
    EXECUTE 'LOCK TABLE ' || array_to_string(every, ', ') || ' IN EXCLUSIVE MODE';  -- who still writes is waited for
    FOREACH each IN ARRAY every LOOP
        EXECUTE 'DELETE FROM ' || each;
    END LOOP;
END $$
"""


@pytest.fixture(scope="session")
def migrated_home() -> Path:
    """A data folder with an empty, migrated database, which no process uses: copy it.

    Migrating takes longer than anything else that the processes of the suite prepare, so the first that asks does it,
    once for all. To keep it from run to run, set TESTS_SHARED to a folder that everybody may pass through.
    """
    from tests.site.running import environment

    shared = Path(os.environ["TESTS_SHARED"])
    home = shared / "home"
    with (shared / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not home.exists():
            draft = shared / "draft"
            shutil.rmtree(draft, ignore_errors=True)
            command = [sys.executable, "manage.py", "migrate", "-v0"]
            done = subprocess.run(
                command, check=False, cwd=PROJECT, env=environment(draft), capture_output=True, text=True
            )
            assert done.returncode == 0, done.stderr
            draft.rename(home)
    return home


def copy_into(folder: Path, home: Path) -> None:
    """Copy a data folder, or a part of one, that nobody uses."""
    subprocess.run(["cp", "-a", str(home), str(folder)], check=True)  # noqa: S607 - keeps the owners


def leave_tables_alone(home: Home) -> None:
    """No table is vacuumed behind the tests' back.

    One that was vacuumed while it was empty is planned as if it had stayed so: a join that fits one row is chosen for
    the thousands that a test then writes, and takes minutes. Whether that happens would be a matter of the minute.
    """
    with psycopg.connect(database_at_socket(home.sockets, "postgres"), autocommit=True) as server:
        server.execute("ALTER SYSTEM SET autovacuum = off")
        server.execute("SELECT pg_reload_conf()")


def empty(case: TransactionTestCase) -> None:
    """Delete what a test committed.

    Django's own way truncates every table, full or not, which takes Postgres new files for each and all their indexes,
    and then asks for each permission anew.
    """
    for tries_left in (2, 1, 0):
        try:
            with connection.cursor() as cursor:
                cursor.execute(_EMPTY)
            return
        except OperationalError:  # a deadlock with what a page still sent on its way out
            if not tries_left:
                raise
