"""The words of each language: all that people read has some, and none are half done. Needs Debian's `gettext`."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from gettext import GNUTranslations
from pathlib import Path

import pytest
from django.conf import settings

from moddog_site.variables import PROJECT

DOMAINS = ("django", "djangojs")
READ = ("moddog_site", "inference", "review", "templates", "static/js", "locale")
FOLDERS = [
    Path(settings.LOCALE_PATHS[0], code, "LC_MESSAGES")
    for code, _ in settings.LANGUAGES
    if code != settings.LANGUAGE_CODE
]


@pytest.fixture
def tool() -> Callable[..., str]:
    """`tool("msgfmt", ...)`: what a program of gettext prints. Skips without it, never where CI is set."""

    def run(name: str, *arguments: object) -> str:
        if not shutil.which(name):
            (pytest.fail if os.environ.get("CI") else pytest.skip)(f"no {name} on PATH: install gettext")
        command, plain = [name, *map(str, arguments)], os.environ | {"LC_ALL": "C"}
        done = subprocess.run(command, check=False, capture_output=True, text=True, env=plain)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    return run


def compiled(file: Path) -> dict[object, str]:
    """The words by what they stand for."""
    with file.open("rb") as opened:
        catalog: dict[object, str] = GNUTranslations(opened)._catalog  # type: ignore[attr-defined]
    return {key: words for key, words in catalog.items() if key}  # without the header


@pytest.mark.parametrize("domain", DOMAINS)
@pytest.mark.parametrize("folder", FOLDERS, ids=str)
def test_all_are_translated_with_their_placeholders_and_compiled(folder, domain, tool, tmp_path):
    words, made = folder / f"{domain}.po", tmp_path / "words.mo"
    tool("msgfmt", "--check-format", "-o", made, words)
    assert tool("msgattrib", "--untranslated", words) == ""
    assert tool("msgattrib", "--only-fuzzy", words) == ""
    assert compiled(made) == compiled(words.with_suffix(".mo")), "run manage.py words"


def test_what_people_read_and_what_is_translated_are_the_same(tool, tmp_path):
    tool("xgettext", "--version")
    for name in READ:
        ignored = shutil.ignore_patterns("nano", "__pycache__", "migrations")
        shutil.copytree(PROJECT / name, tmp_path / name, ignore=ignored)
    shutil.copy(PROJECT / "manage.py", tmp_path)
    environment = os.environ | {"MODDOG_HOME": str(tmp_path / "home")}
    subprocess.run([sys.executable, "manage.py", "words", "-v0"], cwd=tmp_path, env=environment, check=True)
    for folder in FOLDERS:
        gathered = tmp_path / folder.relative_to(PROJECT)
        for domain in DOMAINS:
            found = tool("msgattrib", "--untranslated", "--no-wrap", gathered / f"{domain}.po")
            assert found == "", "run manage.py words, and translate what it finds"
            assert tool("msgattrib", "--only-fuzzy", "--no-wrap", gathered / f"{domain}.po") == ""
            assert compiled(gathered / f"{domain}.mo") == compiled(folder / f"{domain}.mo"), "run manage.py words"


@pytest.mark.parametrize("folder", FOLDERS, ids=str)
def test_pages_and_scripts_call_the_same_thing_by_one_name(folder):
    pages, scripts = (compiled(folder / f"{domain}.mo") for domain in DOMAINS)
    shared = pages.keys() & scripts.keys()
    assert shared
    assert {key: pages[key] for key in shared} == {key: scripts[key] for key in shared}
