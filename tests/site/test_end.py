"""However a run of `manage.py up` ends, nothing is left of it but its data."""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from moddog_site.embedded.home import Home
from moddog_site.embedded.orphans import stop_orphans
from tests.site.running import copied, manage, named, processes_of, up
from tests.stack import wait_until


@pytest.fixture(scope="module")
def home(migrated_home: Path) -> Iterator[Path]:
    """One data folder for the module, whose runs follow each other."""
    with copied(migrated_home) as folder:
        yield folder


def test_neither_a_killed_run_nor_a_killed_supervisor_leaves_anything_but_the_data(home: Path) -> None:
    with up(home) as run:
        run.says("moddog is at")
        assert len(processes_of(home)) > 4
        run.end(signal.SIGKILL)
        wait_until(lambda: len(processes_of(home)) == 0, 60)
    shell = "from review.models import Source; print(Source.objects.get_or_create(slug='survivor')[1])"
    assert manage(home, "shell", "--no-imports", "-c", shell).stdout.strip() == "True"
    with up(home) as again:
        again.says("moddog is at")
        assert manage(home, "shell", "--no-imports", "-c", shell).stdout.strip() == "False"
        named(home, "supervisord").send_signal(signal.SIGKILL)
        assert again.wait() == 1
        assert "supervisor ended by itself" in again.output
        wait_until(lambda: len(processes_of(home)) == 0, 60)


def test_what_a_killed_run_left_behind_is_over_with_its_supervisor(home: Path) -> None:
    with up(home) as run:
        run.says("moddog is at")
        run.end(signal.SIGKILL)
        assert stop_orphans(Home(home))
        assert processes_of(home) == []


def test_a_run_follows_a_killed_one_at_once(home: Path) -> None:
    """On the same port, as `make run` does, while supervisor and its programs are still stopping."""
    with up(home) as first:
        first.says("Everything is up")
        first.end(signal.SIGKILL)
        for _ in range(2):
            with up(home, "--port", str(first.port)) as again:
                again.says("Starting the workers")
                again.end(signal.SIGKILL)
        with up(home, "--port", str(first.port)) as last:
            last.says("Starting the workers")
            assert last.end() == 0


def test_a_process_that_does_not_come_up_ends_the_run_with_its_reason(migrated_home: Path) -> None:
    """In a folder of its own: where a model was registered before, the registry says what is loaded."""
    with copied(migrated_home) as folder:
        with up(folder, MODDOG_MODEL="/nowhere/to/be/found") as run:
            assert run.wait() == 1
        assert "moddog: inference did not come up. The end of its log:" in run.output
        assert "/nowhere/to/be/found" in run.output
        assert processes_of(folder) == []
