"""The file of a backup: a zip archive, stored as it is, whose last entry says what is in it.

database.dump     pg_dump's custom format
secret_key        what signs sessions and keys digests
models/N/...      a folder of weights
moddog.json       the manifest; written last, so that a file without it is no whole backup
"""

from __future__ import annotations

import json
import os
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO

CHUNK = 1 << 20
FORMAT = 1
DATABASE, KEY, MANIFEST = "database.dump", "secret_key", "moddog.json"

Progress = Callable[[int], object]
"""Called with the number of bytes that were done since the last call."""


class BadArchive(Exception):
    """A file is no whole backup that this moddog can read; the message is one line that says why."""


@dataclass(frozen=True)
class Folder:
    """A model's weights in the archive. `named` is how the registry names them; empty for a folder that it does not."""

    path: str
    name: str
    named: list[str]


@dataclass(frozen=True)
class Manifest:
    """What a backup holds. `migrations` are those applied to its database, as `app.name`."""

    made_at: str
    postgres: str
    migrations: list[str]
    folders: list[Folder]

    def to_json(self) -> str:
        return json.dumps({"moddog_backup": FORMAT, **asdict(self)}, indent=2)

    @classmethod
    def from_json(cls, text: bytes) -> Manifest:
        """Raises `BadArchive`."""
        try:
            found = json.loads(text)
            if found.pop("moddog_backup") != FORMAT:
                raise BadArchive("it was made by another version of moddog, whose backups this one cannot read")
            return cls(**{**found, "folders": [Folder(**each) for each in found["folders"]]})
        except (ValueError, KeyError, TypeError, AttributeError):
            raise BadArchive("its manifest cannot be read") from None


@contextmanager
def written(path: Path) -> Iterator[zipfile.ZipFile]:
    """A new archive at `path`, which appears there whole or not at all, readable by its owner only.

    Raises FileExistsError, and OSError where nothing can be written there.
    """
    if path.exists():
        raise FileExistsError(f"{path} is there already")
    draft = path.with_name(f"{path.name}.part")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
    try:
        os.fchmod(descriptor, 0o600)  # it may have been there
        with os.fdopen(descriptor, "wb") as file:
            with zipfile.ZipFile(file, "w") as archive:
                yield archive
            file.flush()
            os.fsync(file.fileno())
        draft.rename(path)
    finally:
        draft.unlink(missing_ok=True)


def add(archive: zipfile.ZipFile, name: str, source: IO[bytes], progress: Progress) -> None:
    """Copy `source` to its end into a new entry."""
    with archive.open(name, "w", force_zip64=True) as entry:
        copy(source, entry, progress)


@contextmanager
def opened(path: Path) -> Iterator[tuple[zipfile.ZipFile, Manifest]]:
    """The archive at `path` and what it holds. Raises `BadArchive`."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = set(archive.namelist())
            if not {DATABASE, KEY, MANIFEST} <= names:
                raise BadArchive("it is no backup of moddog")
            yield archive, Manifest.from_json(archive.read(MANIFEST))
    except zipfile.BadZipFile:
        raise BadArchive("it is no backup of moddog, or only a part of one") from None
    except OSError as error:
        raise BadArchive(error.strerror or str(error)) from None


def check(archive: zipfile.ZipFile, progress: Progress) -> None:
    """Read every entry to its end against its checksum. Raises `BadArchive` for the first that was changed or cut."""
    for entry in archive.infolist():
        if entry.filename.startswith("/") or ".." in Path(entry.filename).parts:
            raise BadArchive(f"it names a place outside: {entry.filename!r}")
        try:
            with archive.open(entry) as source:
                while part := source.read(CHUNK):
                    progress(len(part))
        except (zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError):
            raise BadArchive(f"it is damaged in {entry.filename}") from None


def copy(source: IO[bytes], target: IO[bytes], progress: Progress) -> None:
    """All of `source` into `target`, a mebibyte at a time."""
    while part := source.read(CHUNK):
        target.write(part)
        progress(len(part))
