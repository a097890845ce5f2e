"""`manage.py up`: the whole product, until Ctrl-C or SIGTERM."""

from __future__ import annotations

import os
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand

from moddog_site.embedded.address import PortTaken, shown
from moddog_site.embedded.home import UnusableHome
from moddog_site.embedded.lock import Held
from moddog_site.embedded.postgres import NotStarted
from moddog_site.embedded.stack import Options, release_database, running_stack, start_workers, watch
from moddog_site.embedded.stop_signals import Stopped, stop_on_signals
from review.people.links import needs_setup, setup_link

EVERYWHERE = ("0.0.0.0", "::")  # noqa: S104


class Command(BaseCommand):
    help = "Run everything: database, broker, web, workers and beat. Ctrl-C stops it."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: this machine only)")
        parser.add_argument("--port", type=int, default=8000)
        parser.add_argument("--no-demo", action="store_true", help="do not load the demo community")

    def handle(self, *args: Any, **options: Any) -> None:
        asked = Options(options["host"], options["port"], not options["no_demo"])
        stop_on_signals()
        try:
            self._serve(asked)
        except Stopped:
            self._say("Stopped.")
        except (UnusableHome, PortTaken, Held, NotStarted) as error:
            raise SystemExit(f"moddog: {error}") from None

    def _serve(self, asked: Options) -> None:
        with running_stack(asked, self._say) as manager:
            self._say(f"\nmoddog is at {shown(asked.host, asked.port)}\n")
            if asked.host in EVERYWHERE and not settings.VARIABLES.allowed_hosts:
                self._say("Other machines are answered only by names that MODDOG_ALLOWED_HOSTS lists.")
            if asked.demo:
                call_command("load_demo", stdout=self.stdout)
            if needs_setup():
                self._say_how_to_begin(asked)
            self._say("Starting the workers.")
            start_workers(manager)
            self._say("Everything is up. Ctrl-C stops it.")
            watch(manager, self._say)

    def _say_how_to_begin(self, asked: Options) -> None:
        """There is no default password: whoever started this makes the first account, and nobody else."""
        address = os.environ.get("MODDOG_BASE_URL", "").rstrip("/") or shown(asked.host, asked.port)
        self._say("There is no admin yet. Make the first account, within seven days, with this link, which works once:")
        self._say(f"  {address}/people/link/{setup_link()}/\n")
        release_database()

    def _say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()
