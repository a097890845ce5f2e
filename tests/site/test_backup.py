"""Backup and restore: everything is lost but the file, and everything is as it was."""

import json
import shutil
import stat
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg
import pytest

from moddog_site.addresses import database_at_socket
from moddog_site.embedded.command_database import running
from moddog_site.embedded.home import Home
from moddog_site.embedded.postgres import embedded_postgres
from moddog_site.variables import PROJECT
from tests.site.running import copied, manage, up
from tests.site.test_external import postgres

KEY = "k" * 40
SOURCE = "arcade"
DIGESTS = """
import hashlib
from django.db import connection
with connection.cursor() as cursor:
    cursor.execute("SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'")
    for name in sorted(row[0] for row in cursor.fetchall()):
        if name in ("review_heartbeat", "django_migrations"):
            continue
        cursor.execute(f'SELECT t::text FROM "{name}" t ORDER BY 1')
        rows = [row[0].replace(PLACE, "") for row in cursor.fetchall()]
        print(name, len(rows), hashlib.sha256(repr(rows).encode()).hexdigest())
    cursor.execute("SELECT sequencename, last_value FROM pg_sequences WHERE schemaname = 'public' ORDER BY 1")
    print(cursor.fetchall())
"""
ASK = """
from django.test import Client
answer = Client().get("/api/v1/messages/m-1", headers={"Authorization": "Bearer TOKEN", "Host": "localhost"})
print(answer.status_code, answer.json()["state"], answer.json()["author"])
"""


def shell(home: Path, program: str, **environ: str) -> str:
    done = manage(home, "shell", "--no-imports", "-c", program, **environ)
    assert done.returncode == 0, done.stderr
    return done.stdout


def run(home: Path, *arguments: str, **environ: str) -> str:
    done = manage(home, *arguments, **environ)
    assert done.returncode == 0, done.stderr
    return done.stdout


def digests(home: Path, **environ: str) -> str:
    """What stands in every table, wherever the home lies."""
    return shell(home, f"PLACE = {str(home / 'models')!r}\n{DIGESTS}", **environ)


@pytest.fixture(scope="module")
def lived_in(migrated_home: Path) -> Iterator[Path]:
    """An instance with a token, judged and labelled messages, and a model of its own."""
    with copied(migrated_home) as home:
        rows = (PROJECT / "review" / "demo" / "golden.jsonl").read_text().splitlines()[:40]
        texts = [{"id": f"m-{number}", "author": "kestrel", **json.loads(row)} for number, row in enumerate(rows)]
        file = home / "rows.jsonl"
        file.write_text("\n".join(json.dumps(row) for row in texts))
        token = run(home, "createtoken", "--source", SOURCE).split()[-1]
        (home / "token").write_text(token)
        run(home, "ingest", str(file), "--source", SOURCE, "--label-field", "flag")
        shutil.copytree(PROJECT / "inference" / "nano", home / "models" / "tuned")
        run(home, "classify", MODDOG_MODEL=str(home / "models" / "tuned"))
        yield home


@pytest.fixture(scope="module")
def backed_up(lived_in: Path) -> Path:
    file = lived_in / "moddog.backup"
    assert str(file) in run(lived_in, "backup", str(file))
    return file


@pytest.fixture(scope="module")
def stood_there(lived_in: Path, backed_up: Path) -> str:
    """What was in it when it was backed up: a test that lets the instance run leaves more."""
    return digests(lived_in)


def test_only_its_owner_may_read_it(backed_up: Path) -> None:
    assert stat.S_IMODE(backed_up.stat().st_mode) == 0o600
    assert not list(backed_up.parent.glob("*.part"))


def test_everything_is_as_it_was_in_another_home(backed_up: Path, stood_there: str, lived_in: Path, home: Path) -> None:
    assert "with 1 models" in run(home, "restore", str(backed_up))
    assert digests(home) == stood_there
    assert (home / "secret_key").read_text() == (lived_in / "secret_key").read_text()
    assert run(home, "refit", "--dry-run") == run(lived_in, "refit", "--dry-run")
    token = (lived_in / "token").read_text()
    assert shell(home, ASK.replace("TOKEN", token)).strip() == "200 decided kestrel"
    again = run(home, "ingest", str(lived_in / "rows.jsonl"), "--source", SOURCE)
    assert "0 accepted, 40 duplicates" in again


def test_a_restored_instance_can_be_backed_up_and_restored(backed_up: Path, home: Path, tmp_path: Path) -> None:
    run(home, "restore", str(backed_up))
    second = tmp_path / "second.backup"
    run(home, "backup", str(second))
    with TemporaryDirectory(prefix="moddog-home-") as name:
        run(Path(name), "restore", str(second))
        assert digests(Path(name)) == digests(home)


@pytest.mark.usefixtures("stood_there")
def test_a_running_instance_is_backed_up_and_not_restored_into(backed_up: Path, lived_in: Path, tmp_path: Path) -> None:
    with up(lived_in) as live:
        live.says("moddog is at")
        run(lived_in, "backup", str(tmp_path / "while-running"))
        refused = manage(lived_in, "restore", str(backed_up))
    assert refused.returncode == 1
    assert refused.stderr == "CommandError: other processes use the database: stop moddog first; nothing was changed\n"


def test_what_is_not_empty_is_refused(backed_up: Path, lived_in: Path) -> None:
    before = digests(lived_in)
    refused = manage(lived_in, "restore", str(backed_up))
    assert refused.returncode == 1
    assert refused.stderr.startswith("CommandError: the database is not empty: there are rows in review_")
    assert refused.stderr.count("\n") == 1
    assert digests(lived_in) == before


def test_a_file_that_is_there_is_not_overwritten(backed_up: Path, lived_in: Path) -> None:
    before = backed_up.read_bytes()
    refused = manage(lived_in, "backup", str(backed_up))
    assert refused.returncode == 1
    assert refused.stderr == f"CommandError: no backup was made: {backed_up} is there already\n"
    assert backed_up.read_bytes() == before


def truncated(backup: Path, file: Path) -> None:
    file.write_bytes(backup.read_bytes()[: backup.stat().st_size // 2])


def damaged(backup: Path, file: Path) -> None:
    content = bytearray(backup.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)


def foreign(backup: Path, file: Path) -> None:
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("letter.txt", "Dear all")


def from_the_future(backup: Path, file: Path) -> None:
    with zipfile.ZipFile(backup) as old, zipfile.ZipFile(file, "w") as new:
        for entry in old.infolist():
            content = old.read(entry)
            if entry.filename == "moddog.json":
                content = content.replace(b"review.0001_initial", b"review.9999_telepathy")
            new.writestr(entry, content)


@pytest.fixture(scope="module")
def unused() -> Iterator[Path]:
    """A data folder for the module, into which nothing is ever restored."""
    with TemporaryDirectory(prefix="moddog-home-") as name:
        yield Path(name)


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (truncated, "or only a part of one"),
        (damaged, "it is damaged in"),
        (foreign, "it is no backup of moddog"),
        (from_the_future, "made by a newer moddog, with the migration review.9999_telepathy: upgrade first"),
        (lambda backup, file: file.write_text("hello"), "it is no backup of moddog"),
        (lambda backup, file: None, "No such file"),
    ],
)
def test_what_is_no_whole_backup_is_refused_before_anything_is_written(
    backed_up: Path, unused: Path, tmp_path: Path, spoil: Callable[[Path, Path], None], why: str
) -> None:
    file = tmp_path / "spoilt"
    spoil(backed_up, file)
    refused = manage(unused, "restore", str(file))
    assert refused.returncode == 1
    assert why in refused.stderr
    assert refused.stderr.endswith("; nothing was changed\n")
    assert refused.stderr.count("\n") == 1
    assert not (unused / "models").exists()
    assert tables_of(unused) == 0


def tables_of(home: Path) -> int:
    """How many tables there are, asked by a command that makes none."""
    server, url = embedded_postgres(Home(home)), database_at_socket(Home(home).sockets)
    with running(server), psycopg.connect(url) as connection:
        count = connection.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").fetchone()
    return int(count[0]) if count else -1


def test_it_restores_into_an_external_database(backed_up: Path, stood_there: str, lived_in: Path, home: Path) -> None:
    key = (lived_in / "secret_key").read_text()
    with TemporaryDirectory(prefix="moddog-external-") as name:
        Path(name).chmod(0o755)
        with postgres(Path(name) / "postgres") as url:
            refused = manage(home, "restore", str(backed_up), DATABASE_URL=url, MODDOG_SECRET_KEY=KEY)
            assert refused.stderr.startswith("CommandError: MODDOG_SECRET_KEY is not the backup's")
            external = {"DATABASE_URL": url, "MODDOG_SECRET_KEY": key}
            run(home, "migrate", **external)
            run(home, "restore", str(backed_up), **external)
            assert digests(home, **external) == stood_there
            run(home, "backup", str(home / "external.backup"), **external)
    with TemporaryDirectory(prefix="moddog-home-") as name:
        run(Path(name), "restore", str(home / "external.backup"))
        assert digests(Path(name)) == stood_there
