"""The README names every variable and every command: what it lacks, nobody finds."""

import re
from pathlib import Path

import pytest

from moddog_site.variables import NAMES, PROJECT

README = (PROJECT / "README.md").read_text(encoding="utf-8")
OTHER_VARIABLES = ("DATABASE_URL", "REDIS_URL", "EMAIL_URL", "PORT")


def commands() -> list[str]:
    return sorted(path.stem for path in PROJECT.glob("*/management/commands/*.py") if path.stem != "__init__")


@pytest.mark.parametrize("name", [*sorted(NAMES), *OTHER_VARIABLES])
def test_it_names_the_variable(name: str) -> None:
    assert re.search(rf"\b{name}\b", README)


@pytest.mark.parametrize("command", commands())
def test_it_names_the_command(command: str) -> None:
    assert re.search(rf"\| `{command}\b", README)


@pytest.mark.parametrize("target", ["run", "test", "check", "bench"])
def test_it_names_the_make_target(target: str) -> None:
    assert f"`make {target}" in README


def test_its_pictures_and_files_are_there() -> None:
    named = re.findall(r"\]\(((?!http)[^)#]+)\)", README)
    assert named
    assert [path for path in named if not Path(PROJECT / path).exists()] == []
