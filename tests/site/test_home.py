"""The data folder: private, and usable wherever it lies."""

import os
import re
import stat
import threading
from pathlib import Path

import pytest

from moddog_site.embedded.command_database import attached_or_started, running
from moddog_site.embedded.home import LONGEST_NAME, LONGEST_SOCKET, Home, UnusableHome, secret_key
from moddog_site.embedded.lock import Held, held
from moddog_site.embedded.postgres import NotStarted, embedded_postgres
from tests.site.running import manage


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_every_folder_is_private(home: Path) -> None:
    Home(home).prepare(os.geteuid())
    assert {mode(path) for path in (home, *home.iterdir()) if path.is_dir()} == {0o700}


def test_a_folder_that_was_opened_to_others_is_closed_again(home: Path) -> None:
    home.chmod(0o755)
    Home(home).prepare(os.geteuid())
    assert mode(home) == 0o700


def test_sockets_of_a_deep_folder_get_a_short_path_of_their_own(home: Path) -> None:
    home.chmod(0o755)
    deep = [Home(home / ("deep" * 25) / name) for name in "ab"]
    for each in deep:
        each.prepare(os.geteuid())
        assert len(str(each.sockets) + LONGEST_NAME) <= LONGEST_SOCKET
        assert mode(each.sockets) == 0o700
    assert deep[0].sockets != deep[1].sockets
    for each in deep:
        each.sockets.rmdir()


def test_a_link_in_place_of_a_folder_is_refused(home: Path, tmp_path: Path) -> None:
    (home / "run").symlink_to(tmp_path)
    with pytest.raises(UnusableHome, match="is not a folder"):
        Home(home).prepare(os.geteuid())


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder away")
def test_a_folder_of_somebody_else_is_refused(home: Path) -> None:
    (home / "run").mkdir()
    os.chown(home / "run", 12345, 12345)
    with pytest.raises(UnusableHome, match="belongs to another user"):
        Home(home).prepare(os.geteuid())


@pytest.mark.skipif(os.geteuid() != 0, reason="only root's own folders are out of reach for Postgres")
def test_postgres_of_a_home_that_only_root_reaches_works_elsewhere(home: Path) -> None:
    assert Home(home).served == home
    home.chmod(0o700)
    inside = Home(home / "project" / ".moddog")
    assert inside.served.parent == Path("/var/lib/moddog")
    assert inside.postgres.is_relative_to(inside.served)
    assert inside.logs.is_relative_to(inside.root)


def test_the_secret_key_is_made_once_and_for_its_owner_only(home: Path) -> None:
    made: list[str] = []
    threads = [threading.Thread(target=lambda: made.append(secret_key(Home(home)))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 8
    assert len(set(made)) == 1
    assert len(made[0]) >= 50
    assert mode(home / "secret_key") == 0o600
    assert list(home.iterdir()) == [home / "secret_key"]


def test_a_lock_has_one_holder_and_names_it(home: Path) -> None:
    lock = home / "lock"
    said = rf"{home} is in use by process {os.getpid()} \(manage.py ingest\)"
    with held(lock, "ingest"), pytest.raises(Held, match=said):
        held(lock, "up").__enter__()
    with held(lock, "up"):
        assert lock.exists()


def test_a_process_of_a_run_never_starts_a_database_of_its_own(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else one that was starting while its run was killed would keep the folder from the next run."""
    folder = Home(home)
    monkeypatch.setenv("SUPERVISOR_SERVER_URL", f"unix://{folder.supervisor_socket}")
    with pytest.raises(NotStarted, match="did not come up"), attached_or_started(folder, "deliver", patience=0.2):
        pass
    assert not folder.postgres.exists()
    with held(folder.lock, "up"):
        pass


def test_a_command_beside_a_start_that_has_not_made_its_tables_says_so(home: Path) -> None:
    folder = Home(home)
    with held(folder.lock, "up"), running(embedded_postgres(folder)):
        done = manage(home, "createtoken", "--source", "arcade")
    assert (done.returncode, done.stdout) == (1, "")
    assert re.fullmatch(r"moddog: the running instance has \d+ migrations left: its start is still .*\n", done.stderr)
