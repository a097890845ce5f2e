"""`manage.py verifyaudit`: whether the audit log still says what was written."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from review.records.audit_chain import CHUNK, seal, verify


class Command(BaseCommand):
    help = "Check the hash chain of the audit log, and name the first entry that does not fit."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--head", metavar="DIGEST", default="", help="a digest noted before, which must be in it")

    def handle(self, *args: Any, head: str, **options: Any) -> None:
        try:
            noted = bytes.fromhex(head)
        except ValueError:
            raise CommandError("--head: a digest is 64 hexadecimal digits, as this command prints it") from None
        while seal() == CHUNK:
            pass
        found = verify(noted)
        if found.broken:
            raise CommandError(f"the chain breaks at entry {found.broken}: {found.why}")
        if not found.has_noted:
            raise CommandError(f"the chain fits, but the digest {head} is not in it: entries after it were cut off")
        self.stdout.write(f"{found.entries} entries fit. The last digest is {found.head.hex()}")
        if found.unsealed:
            self.stdout.write(f"{found.unsealed} are not sealed yet")
