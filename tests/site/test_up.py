"""`manage.py up`: starts everything, keeps it running, and stops it."""

import json
import re
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.site.running import Run, copied, manage, named, processes_of, up
from tests.stack import wait_until


@pytest.fixture(scope="module")
def home(migrated_home: Path) -> Iterator[Path]:
    """One data folder for the module."""
    with copied(migrated_home) as folder:
        yield folder


@pytest.fixture(scope="module")
def run(home: Path) -> Iterator[Run]:
    """A run with everything up."""
    with up(home) as run:
        run.says("Everything is up")
        yield run
        assert run.end() == 0
        assert run.lines[-1] == "Stopped."
    assert processes_of(home) == []


def test_it_says_where_it_is_and_is_ready(run: Run) -> None:
    assert f"moddog is at http://localhost:{run.port}" in run.output
    assert run.get("/healthz") == (200, "ok")
    token = run.metrics_token()
    status, body = run.get("/readyz", token)
    assert status == 200
    assert all(part["ok"] for part in json.loads(body)["parts"].values())
    assert "moddog_" in run.get("/metrics", token)[1]


def test_it_shows_how_to_make_the_first_account(run: Run) -> None:
    found = re.search(rf"http://localhost:{run.port}(/people/link/[\w-]+/)", run.output)
    assert found, run.output
    assert "Make your account" in run.get(found[1])[1]


def test_a_second_run_on_the_same_folder_is_refused(run: Run, home: Path) -> None:
    with up(home) as second:
        assert second.wait() == 1
    assert second.lines == [f"moddog: {home} is in use by process {run.process.pid} (manage.py up)"]
    assert run.get("/healthz")[0] == 200


def test_a_command_attaches_to_the_running_database(run: Run, home: Path) -> None:
    shell = "from review.models import Source; Source.objects.create(slug='kept', name='Kept'); print('made')"
    done = manage(home, "shell", "--no-imports", "-c", shell)
    assert (done.returncode, done.stdout.strip()) == (0, "made"), done.stderr
    assert run.get("/healthz")[0] == 200


def test_a_killed_web_process_is_started_again(run: Run, home: Path) -> None:
    named(home, "granian").send_signal(signal.SIGKILL)
    run.says("web had ended and was started again")
    wait_until(lambda: answers(run), 30)
    assert run.get("/healthz")[0] == 200


def answers(run: Run) -> bool:
    try:
        return run.get("/healthz")[0] == 200
    except OSError:
        return False


def test_a_taken_port_is_said_before_anything_starts(migrated_home: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with copied(migrated_home) as home, up(home, "--port", str(port)) as run:
            assert run.wait() == 1
    assert run.lines == [
        f"moddog: cannot listen on 127.0.0.1 port {port} (Address already in use): choose another port"
    ]


@pytest.mark.parametrize("command", ["up", "check", "createtoken"])
def test_an_unknown_variable_stops_every_command_with_one_line(home: Path, command: str) -> None:
    done = manage(home, command, MODDOG_MODLE="nano")
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.startswith("moddog: MODDOG_MODLE: no such variable")
    assert done.stderr.count("\n") == 1
