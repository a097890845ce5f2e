"""The database for one command: that of a running instance, or one started for the command's duration."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager

from moddog_site.embedded.home import Home, UnusableHome
from moddog_site.embedded.lock import Held, held
from moddog_site.embedded.orphans import belongs_to_run, stop_orphans
from moddog_site.embedded.postgres import NotStarted, Postgres, embedded_postgres
from moddog_site.embedded.programs import launched
from moddog_site.variables import BadVariable, read_variables

WITHOUT_DATABASE = frozenset(
    (
        *("", "help", "--help", "-h", "version", "--version", "up", "score", "evaluate", "check"),
        *(
            "collectstatic",
            "findstatic",
            "diffsettings",
            "words",
            "makemessages",
            "compilemessages",
            "startapp",
            "startproject",
        ),
    )
)
MANAGER = "up"
MIGRATE = "migrate"
RESTORE = "restore"  # it brings tables of its own


@contextmanager
def database_for(arguments: Sequence[str]) -> Iterator[None]:
    """The database that the command in `arguments` needs. Ends the process with one line where there can be none."""
    command = arguments[0] if arguments else ""
    try:
        variables = read_variables(os.environ)
    except BadVariable as error:
        sys.exit(f"moddog: {error}")
    if command in WITHOUT_DATABASE or "--help" in arguments or variables.database_url:
        yield
        return
    try:
        with attached_or_started(Home(variables.home), command):
            yield
    except (UnusableHome, NotStarted, Held) as error:
        sys.exit(f"moddog: {error}")


@contextmanager
def attached_or_started(home: Home, command: str, patience: float = 60) -> Iterator[None]:
    """The embedded database, waiting up to `patience` seconds for another command that has it.

    A process of a run only ever attaches to that run's database. Were it to start one after its run was killed, it
    would keep the folder from the next run.

    Raises `UnusableHome`, `NotStarted` or `Held`.
    """
    server = embedded_postgres(home)
    with ExitStack() as stack:
        if belongs_to_run(os.environ, home):
            server.wait(lambda: True, patience)
        elif _is_mine(stack, home, command, patience):
            stop_orphans(home)
            stack.enter_context(running(server))
            if command != RESTORE:
                migrate()
        else:
            server.wait(lambda: True, patience)
            if command != MIGRATE:
                _check_migrations()
        yield


def _is_mine(stack: ExitStack, home: Home, command: str, patience: float) -> bool:
    """Take the lock of `home` into `stack`; False where a running instance has it. Raises `Held`."""
    deadline = time.monotonic() + patience
    while True:
        try:
            stack.enter_context(held(home.lock, command))
            return True
        except Held as error:
            if error.holder.command == MANAGER:
                return False
            if time.monotonic() > deadline:
                raise
        time.sleep(0.1)


@contextmanager
def running(server: Postgres) -> Iterator[None]:
    """`server` for the block's duration. Raises `NotStarted`."""
    server.initialise()
    log = server.home.logs / "postgres.log"
    with log.open("ab") as output:
        process = subprocess.Popen(
            launched(server.command, "INT", server.account), stdout=output, stderr=output, start_new_session=True
        )
    try:
        server.wait(lambda: process.poll() is None)
        yield
    finally:
        process.send_signal(signal.SIGINT)  # a fast shutdown: sessions end, what is committed is kept
        process.wait()


def migrate() -> None:
    """Bring the database up to date, if it is not."""
    if _waiting_migrations():
        from django.core.management import call_command

        call_command("migrate", verbosity=0, interactive=False)


def _check_migrations() -> None:
    """Raises `NotStarted` where the running instance has not come so far that its tables are there."""
    if waiting := _waiting_migrations():
        raise NotStarted(
            f"the running instance has {waiting} migrations left: its start is still under way, or it is of an older "
            "version. Try again once it says where it serves, or start it anew."
        )


def _waiting_migrations() -> int:
    import django

    django.setup()
    from moddog_site.health import waiting_migrations  # it knows models

    return waiting_migrations()
