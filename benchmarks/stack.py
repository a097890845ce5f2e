"""A database and a cache for the benchmarks that need them: embedded, in a scratch folder, gone at exit."""

import atexit
import os
import shutil
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from functools import cache
from pathlib import Path


def start() -> None:
    """Start them and set Django up, once a process; whatever an earlier benchmark of this process left is gone."""
    _started()
    from django.core.management import call_command

    call_command("flush", verbosity=0, interactive=False)


@cache
def _started() -> None:
    folder = Path(tempfile.mkdtemp(prefix="moddog-bench-"))
    for name in [name for name in os.environ if name.startswith("MODDOG_")] + ["DATABASE_URL", "REDIS_URL"]:
        os.environ.pop(name, None)
    os.environ["MODDOG_HOME"] = str(folder)
    os.environ["DJANGO_SETTINGS_MODULE"] = "moddog_site.settings"
    from django.core.management import call_command

    from moddog_site.embedded.command_database import attached_or_started
    from moddog_site.embedded.home import Home
    from moddog_site.embedded.redis import redis_command, wait_for_redis

    print("starting a database and a cache for the benchmarks ...", file=sys.stderr, flush=True)
    home = Home(folder)
    running = ExitStack()
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    atexit.register(running.close)
    running.enter_context(attached_or_started(home, "benchmarks"))
    redis = running.enter_context(subprocess.Popen(redis_command(home), stdout=subprocess.DEVNULL))
    running.callback(redis.terminate)
    wait_for_redis(home, lambda: redis.poll() is None)
    call_command("collectstatic", verbosity=0, interactive=False)
