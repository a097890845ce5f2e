"""`manage.py purge`: erases personal data, and keeps the numbers that calibration needs."""

import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db.models import Max
from tqdm import tqdm

from review.erasure.authors import erase_author
from review.erasure.retention import erase_older_than
from review.management.arguments import positive
from review.models import Message, Source


class Command(BaseCommand):
    help = "Erase texts and authors for good: those of one author, or of all messages older than so many days."

    def add_arguments(self, parser: ArgumentParser) -> None:
        what = parser.add_mutually_exclusive_group(required=True)
        what.add_argument("--author", metavar="ID", help="the author, as the platform names them; needs --source")
        what.add_argument("--older-than", type=positive, metavar="DAYS", help="of one source, or of all")
        parser.add_argument("--source", metavar="SLUG")

    def handle(
        self, *args: Any, author: str | None, older_than: int | None, source: str | None, **options: Any
    ) -> None:
        sources = list(Source.objects.filter(**({"slug": source} if source else {})).order_by("pk"))
        if source and not sources:
            raise CommandError(f"no source {source!r}")
        if author == "":
            raise CommandError("an author has a name: messages without one name nobody")
        if author and not source:
            raise CommandError("--author needs --source: the same id may be somebody else elsewhere")
        keys = Message.objects.aggregate(newest=Max("pk"))["newest"] or 0
        erased = 0
        with tqdm(total=keys * len(sources), unit=" keys", disable=not sys.stderr.isatty()) as bar:
            for each in sources:
                if author:
                    erased += erase_author(each, author, bar.update)
                else:
                    erased += erase_older_than(older_than or 0, each, bar.update)
        self.stdout.write(f"{erased} messages erased")
