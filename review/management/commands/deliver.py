"""`manage.py deliver`: number the feeds and deliver webhooks, until it is told to end."""

import signal
import socket
from argparse import ArgumentParser
from threading import Event
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from review.enforcement.webhooks.delivery_loop import KIND, DeliveryLoop
from review.records.heartbeats import alive


class Command(BaseCommand):
    help = "Number the feeds and deliver webhooks, until SIGTERM. `up` runs one; more of them share the work."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--check", action="store_true", help="only tell whether one on this machine lives")

    def handle(self, *args: Any, check: bool = False, **options: Any) -> None:
        if check:
            if not alive(KIND).filter(name__startswith=f"{KIND}@{socket.gethostname()}:").exists():
                raise CommandError("nothing was heard from deliveries on this machine for a minute")
            return
        over = Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: over.set())
        DeliveryLoop().run(over.is_set)
