"""`manage.py backup FILE`: database, secret key and models in one file, while moddog goes on working."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from moddog_site.backups.backup_restore import back_up
from moddog_site.backups.database import DatabaseFailed
from moddog_site.backups.progress import bar


class Command(BaseCommand):
    help = "Write the database, the secret key and the models into one new file. Whoever has it has everything."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", metavar="FILE", type=Path)

    def handle(self, *args: Any, file: Path, **options: Any) -> None:
        try:
            folders = back_up(file, bar)
        except (OSError, DatabaseFailed) as error:
            raise CommandError(f"no backup was made: {error}") from None
        size = file.stat().st_size / 2**20
        self.stdout.write(f"{file}: {size:,.1f} MiB, the database, the secret key, and {len(folders)} models")
