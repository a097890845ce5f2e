"""The web process' entry point."""

import gc
import multiprocessing
import os
import signal

import django
from django.urls import get_resolver

from moddog_site.embedded.launcher import die_with_parent

if multiprocessing.parent_process():
    # granian's worker: if granian itself is killed, this must not stay and hold the port
    die_with_parent(signal.SIGTERM, os.getppid())

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "moddog_site.settings")
django.setup(set_prefix=False)
from moddog_site.malformed_requests import Handler  # noqa: E402 - it needs the settings

application = Handler()

# What every page needs is there for good: looking through it again and again for garbage held a request up for 150 ms.
get_resolver().url_patterns  # noqa: B018 - loads the pages
gc.freeze()
