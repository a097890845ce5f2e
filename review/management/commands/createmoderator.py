"""`manage.py createmoderator`: a person who may sign in, with a role in one source or in all."""

import sys
from argparse import ArgumentParser
from getpass import getpass
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from review.models import Role, Source, User
from review.people.accounts import write_role


class Command(BaseCommand):
    help = "Create a person, or give another role to one who exists. An admin of no source in particular runs it all."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username", metavar="USERNAME")
        parser.add_argument("--role", choices=Role.values, default=Role.MODERATOR.value)
        parser.add_argument("--source", metavar="SLUG", help="only there (default: in all sources)")
        parser.add_argument("--password-stdin", action="store_true", help="read the password from standard input")

    def handle(
        self, *args: Any, username: str, role: str, source: str | None, password_stdin: bool, **options: Any
    ) -> None:
        place = Source.objects.filter(slug=source).first() if source else None
        if source and place is None:
            raise CommandError(f"no source {source!r}; `createtoken --source {source}` makes it")
        user = User.objects.filter(username=username).first()
        if user is None and (other := User.objects.filter(username__iexact=username).first()):
            raise CommandError(f"there is already somebody named {other.username}: names differ by more than case")
        if user is None or password_stdin:
            user = self._with_password(user or User(username=username), password_stdin)
        with transaction.atomic():
            user.save()
            write_role(None, user, place, Role(role))
        where = place.slug if place else "all sources"
        self.stdout.write(f"{username} is {Role(role).label.lower()} of {where}")

    def _with_password(self, user: User, from_stdin: bool) -> User:
        password = _read_password(from_stdin)
        try:
            user.full_clean(exclude=["password"])
            validate_password(password, user)
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from None
        user.set_password(password)
        return user


def _read_password(from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    if not sys.stdin.isatty():
        raise CommandError("no terminal to ask for a password on: use --password-stdin")
    password = getpass("Password: ")
    if getpass("Again: ") != password:
        raise CommandError("the two passwords differ")
    return password
