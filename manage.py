#!/usr/bin/env python
"""moddog's command line. Commands that need the database attach to a running instance or start the embedded one."""

import os
import sys

from moddog_site.embedded.command_database import database_for


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "moddog_site.settings")
    from django.core.management import execute_from_command_line

    with database_for(sys.argv[1:]):
        execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
