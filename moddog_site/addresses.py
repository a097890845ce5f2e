"""Where Postgres and Redis are, in the form that each library wants."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

import dj_database_url

DATABASE_NAME = "moddog"


@dataclass(frozen=True)
class RedisAddress:
    """One Redis server and database; kombu and redis-py spell the address of a socket differently."""

    url: str

    @property
    def redis_py(self) -> str:
        """`redis://...`, `rediss://...` or `unix:///path?db=N`."""
        return self.url

    @property
    def kombu(self) -> str:
        """`redis://...`, `rediss://...` or `redis+socket:///path?virtual_host=N`."""
        parts = urlsplit(self.url)
        if parts.scheme != "unix":
            return self.url
        query = dict(parse_qsl(parts.query))
        query["virtual_host"] = query.pop("db", "0")
        login = f"{parts.netloc.rpartition('@')[0]}@" if "@" in parts.netloc else ""
        return f"redis+socket://{login}{parts.path}?{urlencode(query)}"


def redis_at_socket(socket: Path) -> RedisAddress:
    """The embedded server's address."""
    return RedisAddress(f"unix://{quote(str(socket))}?db=0")


def database_at_socket(folder: Path, name: str = DATABASE_NAME) -> str:
    """The URL of an embedded database, whose socket lies in `folder`."""
    return f"postgresql://{DATABASE_NAME}@{quote(str(folder), safe='')}/{name}"


def django_database(url: str, *, pool_size: int) -> dict[str, Any]:
    """Django's entry in `DATABASES` for `url`, with a pool of up to `pool_size` connections a process."""
    entry: dict[str, Any] = dict(dj_database_url.parse(url, conn_max_age=0, conn_health_checks=True))
    entry["ATOMIC_REQUESTS"] = False
    entry["OPTIONS"] = {
        **entry.get("OPTIONS", {}),
        "application_name": "moddog",
        "pool": {"min_size": 1, "max_size": pool_size, "timeout": 10, "max_idle": 60},
    }
    return entry
