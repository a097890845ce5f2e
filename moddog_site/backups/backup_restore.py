"""Making a backup of an instance, and an instance of a backup."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

import psycopg
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.db.migrations.loader import MigrationLoader

from moddog_site.backups import archive as archives
from moddog_site.backups import database, weights
from moddog_site.backups.archive import DATABASE, KEY, MANIFEST, BadArchive, Manifest, Progress
from moddog_site.embedded.home import replace_secret_key

Step = Callable[[str, int | None], AbstractContextManager[Progress]]
"""`step("models", bytes or None)`: begins a part of the work, and gives what to call as it goes on."""


class OtherKey(Exception):
    """MODDOG_SECRET_KEY is set, and is not the backup's; the message is one line that says so."""


@dataclass(frozen=True)
class Restored:
    """What a restore brought back."""

    made_at: str
    folders: list[Path]


def back_up(path: Path, step: Step) -> list[Path]:
    """Write everything that this instance is made of into a new file at `path`; returns the folders of models in it.

    It may go on working meanwhile: the database is as it was when the dump began. Raises OSError, `DatabaseFailed`.
    """
    folders = list(weights.folders_of(settings.HOME.root / "models"))
    manifest = _manifest([folder for _, folder in folders])
    connection.close()
    with archives.written(path) as archive:
        with step("database", None) as progress, database.dumped(settings.DATABASE_URL) as dump:
            archives.add(archive, DATABASE, dump, progress)
        archive.writestr(KEY, settings.SECRET_KEY)
        files = [(f"{folder.path}/{name}", file) for place, folder in folders for name, file in weights.files_of(place)]
        with step("models", sum(file.stat().st_size for _, file in files)) as progress:
            for name, file in files:
                with file.open("rb") as source:
                    archives.add(archive, name, source, progress)
        archive.writestr(MANIFEST, manifest.to_json())
    return [place for place, _ in folders]


def restore(path: Path, step: Step) -> Restored:
    """Make this empty instance that of the backup at `path`, and bring its database up to date.

    Nothing is written before all of the file was read and found whole. The key and the models come before the
    database, so that one that was interrupted is still empty and can be done again. Raises `BadArchive`, `NotEmpty`,
    `OtherKey`, `DatabaseFailed`.
    """
    with archives.opened(path) as (archive, manifest):
        entries = {entry.filename: entry.file_size for entry in archive.infolist()}
        with step("checking", sum(entries.values())) as progress:
            archives.check(archive, progress)
        _refuse_newer(manifest)
        key = archive.read(KEY).decode()
        if settings.VARIABLES.secret_key and settings.VARIABLES.secret_key != key:
            raise OtherKey("MODDOG_SECRET_KEY is not the backup's, which is its entry secret_key: set it to that")
        _refuse_unless_empty()
        if not settings.VARIABLES.secret_key:
            replace_secret_key(settings.HOME, key)
        with step("models", sum(size for name, size in entries.items() if name.startswith("models/"))) as progress:
            home_models = settings.HOME.root / "models"
            places = [weights.put_back(archive, folder, home_models, progress) for folder in manifest.folders]
        with step("database", entries[DATABASE]) as progress, archive.open(DATABASE) as dump:
            _load(dump, progress)
    call_command("migrate", verbosity=0, interactive=False)
    for folder, place in zip(manifest.folders, places, strict=True):
        weights.point_to(folder, place)
    return Restored(manifest.made_at, places)


def _manifest(folders: list[archives.Folder]) -> Manifest:
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version")
        postgres = str(cursor.fetchone()[0])
    applied = MigrationLoader(connection).applied_migrations
    names = sorted(f"{app}.{name}" for app, name in applied)
    return Manifest(datetime.now(UTC).isoformat(timespec="seconds"), postgres, names, folders)


def _refuse_newer(manifest: Manifest) -> None:
    """Raises `BadArchive` for a database with migrations that this code does not know."""
    loader = MigrationLoader(None)
    known = {f"{app}.{name}" for app, name in loader.disk_migrations}
    known |= {f"{app}.{name}" for each in loader.disk_migrations.values() for app, name in each.replaces}
    if unknown := sorted(set(manifest.migrations) - known):
        raise BadArchive(f"it was made by a newer moddog, with the migration {unknown[0]}: upgrade first")


def _refuse_unless_empty() -> None:
    with _alone() as own:
        database.refuse_unless_empty(own)


def _load(dump: IO[bytes], progress: Progress) -> None:
    with _alone() as own:
        database.refuse_unless_empty(own)
        database.clear(own)
        database.add_extensions(own)
    with database.loaded(settings.DATABASE_URL) as target:
        archives.copy(dump, target, progress)


def _alone() -> psycopg.Connection[Any]:
    """The only session of this process: those of Django's pool would count as somebody else's."""
    connection.close()
    connection.close_pool()  # type: ignore[attr-defined]  # PostgreSQL's backend has it
    return psycopg.connect(settings.DATABASE_URL)
