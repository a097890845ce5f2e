"""`manage.py words`: what people read, for translators."""

from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand

ELSEWHERE = (".venv", ".moddog", "tests", "benchmarks", "inference/training", "review/management", "review/migrations")


class Command(BaseCommand):
    help = (
        "Gather what people read, in pages and in scripts, into a file for each language in locale/, and compile these."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        languages = [code for code, _ in settings.LANGUAGES if code != settings.LANGUAGE_CODE]
        for domain in ("django", "djangojs"):
            call_command(
                "makemessages",
                locale=languages,
                domain=domain,
                ignore_patterns=[f"{each}/*" for each in ELSEWHERE],
                add_location="file",
                no_wrap=True,
                no_obsolete=True,
                verbosity=options["verbosity"],
            )
        call_command("compilemessages", ignore_patterns=[".venv"], verbosity=options["verbosity"])
