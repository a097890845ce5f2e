"""`manage.py restore FILE`: an empty instance becomes that of the backup."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from moddog_site.backups.archive import BadArchive
from moddog_site.backups.backup_restore import OtherKey, restore
from moddog_site.backups.database import DatabaseFailed, NotEmpty
from moddog_site.backups.progress import bar


class Command(BaseCommand):
    help = "Make this empty instance that of a backup: database, secret key and models. Refuses one that is not empty."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", metavar="FILE", type=Path)

    def handle(self, *args: Any, file: Path, **options: Any) -> None:
        try:
            restored = restore(file, bar)
        except BadArchive as error:
            raise CommandError(f"{file}: {error}; nothing was changed") from None
        except (NotEmpty, OtherKey) as error:
            raise CommandError(f"{error}; nothing was changed") from None
        except (OSError, DatabaseFailed) as error:
            raise CommandError(f"not restored: {error}") from None
        self.stdout.write(f"Restored what was backed up at {restored.made_at}, with {len(restored.folders)} models.")
        for place in restored.folders:
            self.stdout.write(f"  {place}")
