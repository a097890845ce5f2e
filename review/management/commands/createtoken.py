"""`manage.py createtoken`: a key to the API, shown once."""

from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from review.models import ApiToken, Scope, Source, digest_of_token
from review.records import audit
from review.registry.new_source import begin

USUAL = f"{Scope.INGEST},{Scope.READ}"


class Command(BaseCommand):
    help = "Create an API token, and its source if that is missing. The token is printed once and kept nowhere."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--source", required=True, metavar="SLUG")
        parser.add_argument("--scopes", default=USUAL, help=f"some of {','.join(Scope.values)} (default: %(default)s)")
        parser.add_argument("--name", default="command line", help="to tell tokens apart (default: %(default)s)")

    @transaction.atomic
    def handle(self, *args: Any, source: str, scopes: str, name: str, **options: Any) -> None:
        chosen = list(dict.fromkeys(scope.strip() for scope in scopes.split(",")))
        unknown = [scope for scope in chosen if scope not in Scope.values]
        if unknown:
            raise CommandError(f"no such scope: {unknown[0]!r}; there are {', '.join(Scope.values)}")
        if not 0 < len(name) <= 80:
            raise CommandError("a name has 1 to 80 characters")
        owner = self._source(source)
        token = ApiToken.issue(owner, name, chosen)
        issued = ApiToken.objects.get(digest=digest_of_token(token))
        audit.record(None, "created token", issued, owner, scopes=chosen)
        self.stdout.write(token)

    def _source(self, slug: str) -> Source:
        found = Source.objects.filter(slug=slug).first()
        if found:
            return found
        source = Source(slug=slug, name=slug.replace("-", " ").replace("_", " ").capitalize())
        try:
            source.full_clean()
        except ValidationError as error:
            raise CommandError(f"--source: {' '.join(error.messages)}") from None
        begin(source, None)
        self.stderr.write(f"Created the source {slug}.")
        return source
