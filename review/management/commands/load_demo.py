"""`manage.py load_demo`: the demo community, once."""

import os
import secrets
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from review.demo import load
from review.demo.people import PEOPLE
from review.models import User


class Command(BaseCommand):
    help = "Load the demo community where it is missing, and print its logins."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--quiet-logins", action="store_true", help="do not print the logins")

    def handle(self, *args: Any, **options: Any) -> None:
        password = demo_password()
        load.load_community(password, lambda line: self.stdout.write(f"demo: {line}"))
        if not options["quiet_logins"]:
            for username, role in PEOPLE.items():
                person = User.objects.get(username=username)
                said = password if person.check_password(password) else "as it was set before"
                self.stdout.write(f"demo login: {username} ({role.label.lower()}), password {said}")


def demo_password() -> str:
    """MODDOG_DEMO_PASSWORD, or a random one that is made once and kept beside the data, for its owner only."""
    if settings.VARIABLES.demo_password:
        return str(settings.VARIABLES.demo_password)
    path = Path(settings.VARIABLES.home) / "demo-password"
    if not path.exists():
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(9))
    return path.read_text().strip()
