"""The web process stays small: it never loads the model's libraries."""

import os
import subprocess
import sys

from moddog_site.variables import PROJECT

ENVIRON = {**os.environ, "DJANGO_SETTINGS_MODULE": "moddog_site.settings"}

PROGRAM = """
import sys, django
django.setup()
import moddog_site.wsgi
from django.urls import get_resolver
get_resolver().url_patterns
unwanted = {"torch", "transformers", "tokenizers", "safetensors", "pandas"}
heavy = unwanted & {name.partition(".")[0] for name in sys.modules}
print(sorted(heavy))
"""


def test_nothing_that_the_web_process_imports_imports_torch() -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], cwd=PROJECT, env=ENVIRON, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
