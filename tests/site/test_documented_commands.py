"""The commands that the docs write down are there with those options, and the table has all that each takes."""

import re
from argparse import ArgumentParser
from collections.abc import Iterator

import pytest
from django.core.management import get_commands, load_command_class
from django.core.management.base import BaseCommand

from moddog_site.variables import PROJECT
from tests.site.test_readme import COMMANDS, PAGES, commands

OPTION = r"(?<![\w-])--[a-z][a-z-]*"


def parser(command: str) -> ArgumentParser:
    return load_command_class(get_commands()[command], command).create_parser("manage.py", command)


def options(made: ArgumentParser) -> set[str]:
    return {name for action in made._actions for name in action.option_strings if name.startswith("--")}


def written() -> Iterator[tuple[str, str, str]]:
    """Each `manage.py COMMAND` of a page, with what follows it to the end of its line or of its code span."""
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        code = re.findall(r"^```[^\n]*\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
        spans = re.findall(r"`([^`\n]+)`", re.sub(r"^```.*?^```", "", text, flags=re.DOTALL | re.MULTILINE))
        for line in [*"\n".join(code).splitlines(), *spans]:
            for command, rest in re.findall(r"manage\.py ([a-z_]+)([^#]*)", line):
                yield page.name, command, rest


@pytest.mark.parametrize(("page", "command", "rest"), sorted(set(written())))
def test_a_command_is_there_with_its_options(page: str, command: str, rest: str) -> None:
    assert set(re.findall(OPTION, rest)) <= options(parser(command)), page


@pytest.mark.parametrize("command", commands())
def test_every_option_is_in_the_table(command: str) -> None:
    rows = re.findall(rf"^\| (`{command}\b.*)$", COMMANDS, re.MULTILINE)
    named = set(re.findall(OPTION, "\n".join(rows)))
    own = options(parser(command)) - options(BaseCommand().create_parser("manage.py", command))
    assert own <= named


def test_every_benchmark_that_is_named_is_there() -> None:
    names = {name for page in PAGES for name in re.findall(r"NAME=([a-z]+)", page.read_text(encoding="utf-8"))}
    assert names
    assert [name for name in names if not (PROJECT / "benchmarks" / f"{name}.py").exists()] == []
