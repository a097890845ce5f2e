"""A data folder whose database is made once."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.site.running import manage


@pytest.fixture(scope="session")
def migrated_home() -> Iterator[Path]:
    """A data folder with an empty, migrated database, which no process uses: copy it."""
    folder = Path(tempfile.mkdtemp(prefix="moddog-site-"))
    done = manage(folder, "migrate")
    assert done.returncode == 0, done.stderr
    yield folder
    shutil.rmtree(folder)
