"""The web process' entry point."""

import multiprocessing
import os
import signal

from django.core.wsgi import get_wsgi_application

from moddog_site.embedded.launch import die_with_parent

if multiprocessing.parent_process():
    # granian's worker: if granian itself is killed, this must not stay and hold the port
    die_with_parent(signal.SIGTERM, os.getppid())

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "moddog_site.settings")
application = get_wsgi_application()
