"""The real PostgreSQL, Redis and Celery worker that the tests run against."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Lock, get_ident

import pytest
import redis
from django.conf import settings
from django.core.management import call_command
from django.core.signals import request_finished, request_started
from django.db import connection
from django.test import TransactionTestCase
from pytest_django.live_server_helper import LiveServer
from pytest_django.plugin import DjangoDbBlocker

from moddog_site.addresses import database_at_socket
from moddog_site.embedded.command_database import running
from moddog_site.embedded.home import Home
from moddog_site.embedded.postgres import embedded_postgres
from moddog_site.embedded.programs import celery_worker, launched
from moddog_site.embedded.redis import redis_command, wait_for_redis
from moddog_site.variables import PROJECT
from tests.databases import copy_into, empty, leave_tables_alone

LONGEST_MODEL_LOAD = 120  # seconds
WORKER, QUEUES = "inference@moddog", ("inference", "default")
FIRST_PORT, PORTS = 15_000, 8_000  # below those that the kernel gives away to whoever connects to somewhere


@pytest.fixture(scope="session")
def stack(migrated_home: Path) -> Iterator[Home]:
    """PostgreSQL and Redis, for the session."""
    home: Home = settings.HOME
    server = embedded_postgres(home)
    copy_into(home.postgres, Home(migrated_home).postgres)
    with running(server), process_of(redis_command(home), home, "redis") as redis:
        leave_tables_alone(home)
        wait_for_redis(home, lambda: redis.poll() is None)
        call_command("collectstatic", verbosity=0, interactive=False)
        yield home


@pytest.fixture(scope="session")
def django_db_modify_db_settings(stack: Home) -> None:
    """The database has to be there before pytest-django makes the test database in it."""


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """The test database. It can only be dropped once nobody is connected: a process that was just ended, or a thread of
    the live server, may still be for a moment.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", empty)
        yield
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


@pytest.fixture(scope="session")
def live_server(stack: Home) -> Iterator[LiveServer]:
    """The web process. It lists the static files when it starts, so they have to be collected before."""
    server = LiveServer("localhost")
    yield server
    server.stop()


@pytest.fixture
def answered(live_server: LiveServer) -> Iterator[None]:
    """Ends once every request that the live server took is answered: one that still reads tables, while they are
    emptied for the next test, ends in a deadlock.
    """
    lock, own, open_requests = Lock(), get_ident(), set()

    def began(sender: object, **more: object) -> None:
        with lock:
            open_requests.update({get_ident()} - {own})  # the test's own client is none of the server's

    def ended(sender: object, **more: object) -> None:
        with lock:
            open_requests.discard(get_ident())

    request_started.connect(began)
    request_finished.connect(ended)
    yield
    wait_until(lambda: not open_requests, 10)
    request_started.disconnect(began)
    request_finished.disconnect(ended)


@pytest.fixture(scope="session")
def worker_process(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[subprocess.Popen[bytes]]:
    """One Celery worker on both queues, on the test database, its model loaded once."""
    home: Home = settings.HOME
    with process_of(celery_worker("inference", ",".join(QUEUES), pool="solo"), home, "worker") as process:
        with django_db_blocker.unblock():
            wait_until(lambda: _is_heard(process), LONGEST_MODEL_LOAD)
        yield process


@pytest.fixture
def worker(transactional_db: None, worker_process: subprocess.Popen[bytes]) -> Iterator[subprocess.Popen[bytes]]:
    """The worker, which hears the first broker. Between the tests that ask for it, it listens to nobody: a task in the
    middle of its work, woken by what another test commits, would stand in the way of emptying the tables.
    """
    from moddog_site.celery import app
    from review import broker

    broker._silent_until = 0.0  # an earlier test may have made this process leave its broker alone for a while
    app.control.purge()
    with redis.Redis.from_url(settings.REDIS.redis_py) as client:
        client.delete(*client.scan_iter(f"{broker.KEY}:*"), broker.KEY)
    _tell(app.control.add_consumer)
    yield worker_process
    _tell(app.control.cancel_consumer)
    inspect = app.control.inspect(destination=[WORKER], timeout=5, limit=1)
    wait_until(lambda: all(found() == {WORKER: []} for found in (inspect.reserved, inspect.active)), 60)


@pytest.fixture(scope="session")
def shipped_scorer() -> object:
    """The shipped model, loaded into this process once."""
    from inference.scoring.scorer import load_scorer

    return load_scorer()


def wait_until(condition: Callable[[], object], seconds: float = 60) -> None:
    """Return once `condition()` is true. Raises AssertionError after `seconds`: more than a busy machine needs."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"still not true after {seconds} s"
        time.sleep(0.05)


_next_port = os.getpid() * 131  # another place to begin for each process of the suite


def free_port() -> int:
    """A port of localhost for a server that is started in a moment. Nobody is given it meanwhile, nor again soon."""
    global _next_port  # noqa: PLW0603 - one row of ports for the process
    while True:
        _next_port += 1
        port = FIRST_PORT + _next_port % PORTS
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


@contextmanager
def process_of(command: list[str], home: Home, name: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run `command` on the tests' own database and broker; its output goes to a log of this name."""
    environ = {
        **os.environ,
        "DATABASE_URL": database_at_socket(home.sockets, "test_moddog"),
        "REDIS_URL": settings.REDIS.redis_py,
        "MODDOG_SECRET_KEY": settings.SECRET_KEY,
    }
    with (home.logs / f"{name}.log").open("ab") as log:
        process = subprocess.Popen(launched(command, "TERM"), cwd=PROJECT, env=environ, stdout=log, stderr=log)
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=30)


def _tell(order: Callable[..., list[dict[str, dict[str, str]]]]) -> None:
    """Give the worker an order for each of its queues, and see that it obeys."""
    for queue in QUEUES:
        (reply,) = order(queue, destination=[WORKER], reply=True, timeout=60, limit=1)
        assert "ok" in reply[WORKER], reply


def _is_heard(process: subprocess.Popen[bytes]) -> bool:
    from review.models import Heartbeat

    log = settings.HOME.logs / "worker.log"
    assert process.poll() is None, f"the worker ended:\n{log.read_text(errors='replace')[-4000:]}"
    return Heartbeat.objects.filter(kind="inference").exists()
