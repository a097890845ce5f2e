"""`make bench NAME=intake` in its smallest form: a change of a signature must not break it unseen."""

import os
import subprocess
import sys

from moddog_site.variables import PROJECT

SMALLEST = """
import sys
from benchmarks import intake
intake.ROWS, intake.ROUNDS, intake.FULL = {"full": 200}, 1, 1_000
figures = intake.run("full")
assert figures and all(figure.median > 0 for figure in figures), figures
"""


def test_the_benchmark_of_intake_runs():
    environ = {name: value for name, value in os.environ.items() if not name.startswith("MODDOG_")}
    command = [sys.executable, "-c", SMALLEST]
    done = subprocess.run(command, check=False, cwd=PROJECT, env=environ, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-4000:]
