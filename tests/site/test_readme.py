"""README and docs name every variable, command and folder: what they lack, nobody finds."""

import re

import pytest

from moddog_site.variables import NAMES, PROJECT

PAGES = [PROJECT / "README.md", PROJECT / "inference" / "nano" / "README.md", *sorted(PROJECT.glob("docs/*.md"))]
README = (PROJECT / "README.md").read_text(encoding="utf-8")
COMMANDS = (PROJECT / "docs" / "commands.md").read_text(encoding="utf-8")
FILES = (PROJECT / "docs" / "files.md").read_text(encoding="utf-8")
OTHER_VARIABLES = ("DATABASE_URL", "REDIS_URL", "EMAIL_URL", "PORT")


def commands() -> list[str]:
    return sorted(path.stem for path in PROJECT.glob("*/management/commands/*.py") if path.stem != "__init__")


def rooms() -> list[str]:
    """Every package of the three roots, but Django's own folders."""
    found = [path.parent for root in ("inference", "review") for path in PROJECT.glob(f"{root}/*/__init__.py")]
    own = {"migrations", "templatetags"}
    return sorted(str(path.relative_to(PROJECT)) for path in found if path.name not in own)


@pytest.mark.parametrize("name", [*sorted(NAMES), *OTHER_VARIABLES])
def test_the_docs_name_the_variable(name: str) -> None:
    assert re.search(rf"\b{name}\b", COMMANDS + README)


@pytest.mark.parametrize("command", commands())
def test_the_docs_name_the_command(command: str) -> None:
    assert re.search(rf"\| `{command}\b", COMMANDS)


@pytest.mark.parametrize("target", ["run", "test", "check", "bench"])
def test_the_docs_name_the_make_target(target: str) -> None:
    assert f"`make {target}" in COMMANDS


@pytest.mark.parametrize("room", rooms())
def test_the_file_map_names_the_room(room: str) -> None:
    assert f"`{room}/`" in FILES


def test_the_file_map_names_nothing_that_is_gone() -> None:
    named = re.findall(r"`([\w/]+(?:/|\.py))`", FILES)
    assert named
    assert [path for path in named if not (PROJECT / path).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(PROJECT)))
def test_links_lead_somewhere(page) -> None:
    links = re.findall(r"\]\(((?!http)[^)#]+)\)", page.read_text(encoding="utf-8"))
    assert [link for link in links if not (page.parent / link).exists()] == []
