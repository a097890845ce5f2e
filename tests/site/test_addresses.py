"""One address, in the spelling of each library."""

from pathlib import Path

import pytest
import redis
from kombu import Connection

from moddog_site.addresses import RedisAddress, database_at_socket, django_database, redis_at_socket
from moddog_site.embedded.home import Home


@pytest.mark.parametrize(
    ("url", "kombu"),
    [
        ("redis://cache:6379/1", "redis://cache:6379/1"),
        ("rediss://:secret@cache:6379/0", "rediss://:secret@cache:6379/0"),
        ("unix:///run/redis.sock", "redis+socket:///run/redis.sock?virtual_host=0"),
        ("unix:///run/redis.sock?db=3", "redis+socket:///run/redis.sock?virtual_host=3"),
        ("unix://:secret@/run/redis.sock?db=1", "redis+socket://:secret@/run/redis.sock?virtual_host=1"),
    ],
)
def test_each_library_gets_its_own_form(url: str, kombu: str) -> None:
    assert RedisAddress(url).redis_py == url
    assert RedisAddress(url).kombu == kombu


def test_both_libraries_reach_the_same_socket_and_database(stack: Home) -> None:
    address = RedisAddress(redis_at_socket(stack.redis_socket).url.replace("db=0", "db=3"))
    with redis.Redis.from_url(address.redis_py) as client, Connection(address.kombu) as connection:
        assert client.ping()
        assert connection.default_channel.client.ping()
        ours, theirs = client.connection_pool, connection.default_channel.client.connection_pool
        assert (ours.connection_kwargs["path"], ours.connection_kwargs["db"]) == (str(stack.redis_socket), 3)
        assert (theirs.connection_kwargs["path"], theirs.connection_kwargs["db"]) == (str(stack.redis_socket), 3)


def test_an_odd_path_is_quoted() -> None:
    address = redis_at_socket(Path("/some where/100%/redis.sock"))
    assert redis.ConnectionPool.from_url(address.redis_py).connection_kwargs["path"] == "/some where/100%/redis.sock"


def test_a_database_at_a_socket_goes_through_a_url() -> None:
    entry = django_database(database_at_socket(Path("/data/of mine/run"), "test_moddog"), pool_size=7)
    assert entry["HOST"] == "/data/of mine/run"
    assert (entry["NAME"], entry["USER"], entry["ATOMIC_REQUESTS"]) == ("test_moddog", "moddog", False)
    assert entry["OPTIONS"]["pool"]["max_size"] == 7
    assert entry["CONN_MAX_AGE"] == 0


def test_options_in_the_url_are_kept() -> None:
    entry = django_database("postgresql://u:p@db:5433/moddog?sslmode=require", pool_size=4)
    assert entry["OPTIONS"]["sslmode"] == "require"
    assert (entry["HOST"], entry["PORT"], entry["PASSWORD"]) == ("db", 5433, "p")
