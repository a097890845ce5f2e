"""The embedded PostgreSQL: set up as promised, and starting again whatever the last end was like."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from django.conf import settings
from django.db import DatabaseError, connection, transaction

from moddog_site.embedded.command_database import running
from moddog_site.embedded.home import Home
from moddog_site.embedded.postgres import GIGABYTE, INITDB, NotStarted, embedded_postgres, memory_bytes
from tests.site.running import copied, manage
from tests.stack import wait_until


@pytest.fixture
def folder(migrated_home: Path) -> Iterator[Path]:
    with copied(migrated_home) as folder:
        yield folder


def shown(name: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute(f"SHOW {name}")
        return str(cursor.fetchone()[0])


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("listen_addresses", ""),
        ("max_wal_size", "8GB"),
        ("checkpoint_timeout", "15min"),
        ("synchronous_commit", "on"),
        ("fsync", "on"),
        ("unix_socket_permissions", "0700"),
        ("server_encoding", "UTF8"),
    ],
)
def test_it_is_durable_and_private(name: str, value: str) -> None:
    assert shown(name) == value


@pytest.mark.django_db
def test_it_takes_a_gigabyte_or_a_quarter_of_the_memory() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT setting::bigint * 8192 FROM pg_settings WHERE name = 'shared_buffers'")
        assert cursor.fetchone()[0] == pytest.approx(min(GIGABYTE, memory_bytes() / 4), rel=0.01)


@pytest.mark.django_db
def test_its_locale_is_built_in_and_the_same_everywhere() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT datlocprovider, datlocale FROM pg_database WHERE datname = current_database()")
        assert cursor.fetchone() == ("b", "C.UTF-8")


@pytest.mark.django_db
def test_only_this_user_gets_in_and_only_by_the_socket() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT type, user_name, auth_method, options FROM pg_hba_file_rules")
        assert cursor.fetchall() == [("local", ["moddog"], "peer", ["map=moddog"])]


WRONG = {
    "a key that is there already": "INSERT INTO said VALUES (1, 'whispered')",
    "a check": "INSERT INTO said VALUES (2, repeat('whispered', 90))",
    "a number that is none": "SELECT 'whispered'::int",
    "a row of a COPY": None,
}


@pytest.mark.django_db
@pytest.mark.parametrize("statement", WRONG.values(), ids=WRONG)
def test_what_was_to_be_stored_never_stands_in_its_log(statement: str | None) -> None:
    log = settings.HOME.logs / "postgres.log"
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE said (id int, text varchar(200) UNIQUE)")
        cursor.execute("INSERT INTO said VALUES (1, 'whispered')")
    with pytest.raises((DatabaseError, psycopg.DatabaseError)), transaction.atomic(), connection.cursor() as cursor:
        if statement:
            cursor.execute(statement)
        else:
            with cursor.copy("COPY said FROM STDIN") as copy:
                copy.write_row((2, "whispered"))
    later = str(uuid4())
    with connection.cursor() as cursor:
        cursor.execute(f"DO $$ BEGIN RAISE LOG '{later}'; END $$")
    wait_until(lambda: later in log.read_text())
    assert "whispered" not in log.read_text()


def test_it_starts_though_the_recorded_process_id_belongs_to_another_program_now(folder: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as other:
        (folder / "postgres" / "postmaster.pid").write_text(f"{other.pid}\n{folder}/postgres\n")
        done = manage(folder, "showmigrations", "review")
        other.communicate(b"\n")
    assert done.returncode == 0, done.stderr
    assert "[X] 0001_initial" in done.stdout


def test_an_interrupted_first_start_is_done_again(home: Path) -> None:
    server = embedded_postgres(Home(home))
    (home / "postgres.new").mkdir()
    (home / "postgres.new" / "half").write_text("of a database")
    assert server.initialise() is True
    assert server.initialise() is False
    assert not (home / "postgres.new").exists()


def test_what_initdb_says_is_passed_on(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("moddog_site.embedded.postgres.INITDB", (*INITDB, "--no-such-option"))
    with pytest.raises(NotStarted, match="no-such-option"):
        embedded_postgres(Home(home)).initialise()


def test_a_server_that_ends_at_once_is_an_error_and_not_waited_for(folder: Path) -> None:
    shutil.rmtree(folder / "postgres" / "global")
    with pytest.raises(NotStarted, match="did not come up"), running(embedded_postgres(Home(folder))):
        pass
