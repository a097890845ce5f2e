"""The same code on servers that somebody else runs: started by hand, on TCP, with passwords."""

import json
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from moddog_site.embedded.account import account_for
from moddog_site.embedded.home import Home
from moddog_site.embedded.postgres import embedded_postgres
from moddog_site.embedded.redis import redis_command
from tests.site.running import manage, processes_of, up
from tests.stack import free_port, wait_until

PASSWORD = "not a secret here"
QUOTED = PASSWORD.replace(" ", "%20")
KEY = "k" * 40


@pytest.fixture(scope="module")
def servers() -> Iterator[dict[str, str]]:
    """The variables of a second Postgres and a second Redis."""
    folder = Path(tempfile.mkdtemp(prefix="moddog-external-"))
    folder.chmod(0o755)
    with postgres(folder / "postgres") as database, redis_server(folder) as broker:
        yield {"DATABASE_URL": database, "REDIS_URL": broker, "MODDOG_SECRET_KEY": KEY}
    shutil.rmtree(folder)


@contextmanager
def postgres(folder: Path) -> Iterator[str]:
    server = embedded_postgres(Home(folder.parent))
    account = account_for(0)
    identity = {} if account.is_own else {"user": account.uid, "group": account.gid, "extra_groups": []}
    password, port = folder.parent / "password", free_port()
    password.write_text(PASSWORD)
    account.own(folder.parent)
    initdb = [server.binaries / "initdb", "-D", folder, "-U", "owner", "-A", "scram-sha-256", f"--pwfile={password}"]
    subprocess.run(initdb, check=True, capture_output=True, cwd="/", **identity)
    command = [server.binaries / "postgres", "-D", folder, "-p", str(port), "-k", "", "-h", "127.0.0.1"]
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL, cwd="/", **identity)
    url = f"postgresql://owner:{QUOTED}@127.0.0.1:{port}"
    try:
        wait_until(lambda: process.poll() is not None or connects(f"{url}/postgres"))
        with psycopg.connect(f"{url}/postgres", autocommit=True) as connection:
            connection.execute("CREATE DATABASE desk")
        yield f"{url}/desk"
    finally:
        process.send_signal(signal.SIGINT)
        process.wait()


def connects(url: str) -> bool:
    try:
        psycopg.connect(url).close()
        return True
    except psycopg.OperationalError:
        return False


@contextmanager
def redis_server(folder: Path) -> Iterator[str]:
    port = free_port()
    binary = redis_command(Home(folder))[0]
    options = [
        "--port",
        str(port),
        "--bind",
        "127.0.0.1",
        "--requirepass",
        PASSWORD,
        "--save",
        "",
        "--dir",
        str(folder),
    ]
    process = subprocess.Popen([binary, *options], stdout=subprocess.DEVNULL)
    try:
        yield f"redis://:{QUOTED}@127.0.0.1:{port}/2"
    finally:
        process.terminate()
        process.wait()


def test_it_runs_on_external_servers_and_starts_none(servers: dict[str, str], home: Path) -> None:
    with up(home, **servers) as run:
        run.says("Everything is up")
        status, body = run.get("/readyz", run.metrics_token(**servers))
        assert status == 200, body
        assert all(part["ok"] for part in json.loads(body)["parts"].values())
        commands = [" ".join(process.cmdline()) for process in processes_of(home)]
        assert not [command for command in commands if "postgres -D" in command or "redis-server" in command]
        assert not (home / "postgres").exists()
        assert run.end(signal.SIGINT) == 0
    assert processes_of(home) == []


def test_a_database_that_does_not_answer_ends_the_run_with_its_reason(servers: dict[str, str], home: Path) -> None:
    away = {**servers, "DATABASE_URL": f"postgresql://owner:x@127.0.0.1:{free_port()}/desk"}
    began = time.monotonic()
    with up(home, **away) as run:
        assert run.wait() == 1
    assert time.monotonic() - began < 60
    assert run.lines[-1].startswith("moddog: the database does not answer: ")


def test_external_services_need_a_key(servers: dict[str, str], home: Path) -> None:
    done = manage(home, "migrate", DATABASE_URL=servers["DATABASE_URL"])
    assert (done.returncode, done.stderr) == (
        1,
        "moddog: MODDOG_SECRET_KEY: required when DATABASE_URL is set\n",
    )
