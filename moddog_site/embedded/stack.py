"""What `manage.py up` does: start everything in order, say where it is, keep it running, stop it."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import NoReturn

import psycopg
import redis
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from moddog_site.embedded.address import check_free, shown
from moddog_site.embedded.assets import collect_if_changed
from moddog_site.embedded.command_database import MANAGER
from moddog_site.embedded.home import Home
from moddog_site.embedded.lock import held
from moddog_site.embedded.orphans import stop_orphans
from moddog_site.embedded.postgres import NotStarted, Postgres, embedded_postgres
from moddog_site.embedded.programs import (
    PATIENCE,
    Program,
    application_programs,
    gpu_count,
    inference_programs,
    launched,
)
from moddog_site.embedded.redis import redis_command, wait_for_redis
from moddog_site.embedded.stop_signals import check_end
from moddog_site.embedded.supervisor_process import Supervisor, supervising
from moddog_site.health import WORKERS, waiting_migrations
from moddog_site.variables import PROJECT
from review.demo.load import is_loaded
from review.models import Heartbeat

BACKGROUND = (*(program.name for program in inference_programs(gpu_count())), "default", "deliveries", "beat")
LONGEST_WEB_START = 60  # seconds

Say = Callable[[str], None]


@dataclass(frozen=True)
class Options:
    """What `up` was asked for."""

    host: str
    port: int
    demo: bool


@contextmanager
def running_stack(options: Options, say: Say) -> Iterator[Supervisor]:
    """The whole product, its web process answering, for the block's duration.

    Raises `UnusableHome`, `PortTaken`, `Held` or `NotStarted`, with nothing left running.
    """
    home: Home = settings.HOME
    postgres = None if settings.VARIABLES.database_url else embedded_postgres(home)
    if postgres is None:
        home.prepare(home.owner())
    with held(home.lock, MANAGER):
        if stopped := stop_orphans(home):
            say(f"Stopped {stopped} processes that an earlier run had left behind.")
        check_free(options.host, options.port)  # after the leftovers, which may have it
        programs = [*_services(home, postgres), *application_programs(options.host, options.port, home.sockets)]
        with supervising(home, programs, _environment(home, options)) as supervisor:
            _start_services(supervisor, postgres, say)
            _prepare_database(options, say)
            supervisor.start("web")
            _wait_for_web(supervisor, options)
            yield supervisor


def start_workers(supervisor: Supervisor) -> None:
    """Start workers and beat; return once every kind of worker was heard from. A model may take minutes to load.

    Raises `NotStarted` for the first process that does not stay up meanwhile.
    """
    since = timezone.now()
    supervisor.start(*BACKGROUND)
    while True:
        check_end()
        supervisor.check("web", *BACKGROUND)
        heard = set(Heartbeat.objects.filter(seen_at__gte=since).values_list("kind", flat=True))
        if heard.issuperset(WORKERS):
            release_database()
            return
        time.sleep(0.25)


def watch(supervisor: Supervisor, say: Say) -> NoReturn:
    """Report what was restarted, until supervisor itself ends. Raises `NotStarted` then."""
    while True:
        check_end()
        for name in supervisor.restarted():
            say(f"{name} had ended and was started again; its log is {supervisor.home.logs / name}.log")
        time.sleep(1)


def release_database() -> None:
    """Give back this process' own connections, which it does not need while it watches."""
    connection.close()
    connection.close_pool()  # type: ignore[attr-defined]  # PostgreSQL's backend has it


def _services(home: Home, postgres: Postgres | None) -> Iterator[Program]:
    if postgres:
        yield Program("postgres", postgres.command, 10, "INT", postgres.account, survives=1)
    if not settings.VARIABLES.redis_url:
        yield Program("redis", redis_command(home), 20, survives=1)


def _start_services(supervisor: Supervisor, postgres: Postgres | None, say: Say) -> None:
    if "redis" in supervisor.programs:
        supervisor.start("redis")
    if postgres:
        if postgres.initialise():
            say(f"Made a new database in {supervisor.home.postgres}.")
        supervisor.start("postgres")
        _wait(supervisor, "postgres", postgres.wait)
    if "redis" in supervisor.programs:
        _wait(supervisor, "redis", lambda is_alive: wait_for_redis(supervisor.home, is_alive))
    _check_services()
    say("PostgreSQL and Redis are up.")


def _check_services() -> None:
    """Raises `NotStarted` where the database or the broker, embedded or not, does not answer."""
    try:
        psycopg.connect(settings.DATABASE_URL, connect_timeout=PATIENCE).close()
    except psycopg.OperationalError as error:
        raise NotStarted(f"the database does not answer: {' '.join(str(error).split())}") from None
    limits = {"socket_connect_timeout": PATIENCE, "socket_timeout": PATIENCE}
    try:
        with redis.Redis.from_url(settings.REDIS.redis_py, **limits) as client:
            client.ping()
    except redis.RedisError as error:
        raise NotStarted(f"Redis does not answer: {error}") from None


def _wait(supervisor: Supervisor, name: str, wait: Callable[[Callable[[], bool]], None]) -> None:
    try:
        wait(lambda: supervisor.is_up(name))
    except NotStarted as error:
        raise NotStarted(f"{error}\nThe end of its log:\n{supervisor.tail(name)}") from None


def _prepare_database(options: Options, say: Say) -> None:
    if waiting := waiting_migrations():
        say(f"Applying {waiting} migrations.")
        call_command("migrate", verbosity=0, interactive=False)
    if collect_if_changed():
        say("Collected the static files.")
    if options.demo and not is_loaded():
        say("Loading the demo community; its messages are judged now.")
        _load_demo()
    release_database()


def _load_demo() -> None:
    """In a process of its own, which takes the model's memory with it when it ends."""
    command = [sys.executable, str(PROJECT / "manage.py"), "load_demo", "--quiet-logins"]
    loader = subprocess.Popen(launched(command, "TERM"), start_new_session=True)
    try:
        if loader.wait():
            raise NotStarted("the demo community could not be loaded")
    finally:
        loader.terminate()
        loader.wait()


def _wait_for_web(supervisor: Supervisor, options: Options) -> None:
    deadline = time.monotonic() + LONGEST_WEB_START
    while True:
        supervisor.check("web")
        try:
            with urllib.request.urlopen(f"{shown(options.host, options.port)}/healthz", timeout=5):  # noqa: S310
                return
        except urllib.error.HTTPError as error:
            raise NotStarted(f"web answers {error.code} at /healthz:\n{supervisor.tail('web')}") from None
        except OSError:
            if time.monotonic() > deadline:
                raise NotStarted(f"web does not answer. The end of its log:\n{supervisor.tail('web')}") from None
        time.sleep(0.05)


def _environment(home: Home, options: Options) -> dict[str, str]:
    """What the processes are told beside this one's own environment."""
    for stale in home.metrics.glob("*.db"):
        stale.unlink()
    return {
        **os.environ,
        "MODDOG_HOME": str(home.root),
        "MODDOG_BASE_URL": os.environ.get("MODDOG_BASE_URL") or shown(options.host, options.port),
        "PROMETHEUS_MULTIPROC_DIR": str(home.metrics),
        "PYTHONUNBUFFERED": "1",
    }
