"""One embedded stack for the whole session, in a folder of its own, and the people who appear in the tests."""

from __future__ import annotations

import gc
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import hypothesis
import pytest

# The settings are read once, from the environment: it has to be the tests' own before anything asks for them.
TEST_HOME = Path(tempfile.mkdtemp(prefix="moddog-test-"))
for name in [name for name in os.environ if name.startswith("MODDOG_")]:
    del os.environ[name]
for name in ("DATABASE_URL", "REDIS_URL", "EMAIL_URL"):
    os.environ.pop(name, None)
os.environ["MODDOG_HOME"] = str(TEST_HOME)
os.environ["DJANGO_SETTINGS_MODULE"] = "moddog_site.settings"
os.environ["OMP_WAIT_POLICY"] = "PASSIVE"  # torch's threads do not wait in a loop for a core that another process has
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"  # Playwright's synchronous API runs an event loop in the tests' thread

import django  # noqa: E402
from django.conf import settings  # noqa: E402

settings.SECRET_KEY = "the key of the tests, from which draws and digests follow"  # the same draws in every run
settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
settings.STORAGES["staticfiles"]["BACKEND"] = "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"
settings.DATABASES["default"]["TEST"] = {"TEMPLATE": "moddog"}  # migrated already; see tests/databases.py
django.setup()
from review.insight import page_times  # noqa: E402

page_times.EVERY = float("inf")  # else one request a minute has a query more than a test counts
del os.environ["DJANGO_SETTINGS_MODULE"]  # else a process of xdist reads the settings before it has a home of its own

pytest_plugins = ["tests.databases", "tests.stack", "tests.browser"]
hypothesis.settings.register_profile(
    "suite",
    deadline=None,  # a machine that does something else in between is no fault of the code
    suppress_health_check=[hypothesis.HealthCheck.too_slow, hypothesis.HealthCheck.function_scoped_fixture],
    derandomize="CI" in os.environ,  # what is found by chance is found where somebody looks at it, and not in a gate
)
hypothesis.settings.load_profile("suite")
BEGUN = None
if "TESTS_SHARED" not in os.environ:  # the processes of xdist inherit the folder of the one that began the run
    BEGUN = Path(tempfile.mkdtemp(prefix="moddog-shared-"))
    BEGUN.chmod(0o755)  # PostgreSQL does not run as root, and has to reach what is in it
    os.environ["TESTS_SHARED"] = str(BEGUN)
LONGEST = ("tests/site/test_end.py", "tests/benchmarks/test_run.py", "tests/inference/test_training.py")
"""Begun first: a process that came to one of them last would go on alone, minutes after the others are done."""


@pytest.hookimpl(trylast=True)
def pytest_unconfigure(config: pytest.Config) -> None:
    for folder in filter(None, (TEST_HOME, BEGUN)):
        shutil.rmtree(folder, ignore_errors=True)


def pytest_collection_finish() -> None:
    """What was loaded so far stays: to look through all of it again and again for garbage is wasted."""
    gc.collect()
    gc.freeze()


@pytest.fixture
def make_person(db: None) -> Callable[..., object]:
    """`make_person("erin", role, source=None)`: a person, with a role in one source or in all, or with none."""
    from review.models import Membership, User

    def make(username: str, role: str = "", source: object = None) -> object:
        person = User.objects.create_user(username, password="correct horse battery")
        if role:
            Membership.objects.create(user=person, role=role, source=source)
        return person

    return make


@pytest.fixture
def alice(make_person: Callable[..., object]) -> object:
    """Reviews: a moderator of all sources."""
    return make_person("alice", "moderator")


@pytest.fixture
def bob(make_person: Callable[..., object]) -> object:
    """Competes with alice: a moderator of all sources."""
    return make_person("bob", "moderator")


@pytest.fixture
def charlie(make_person: Callable[..., object]) -> object:
    """Has an account and no role."""
    return make_person("charlie")


@pytest.fixture
def dana(make_person: Callable[..., object]) -> object:
    """An admin of all sources."""
    return make_person("dana", "admin")


@pytest.fixture
def root(make_person: Callable[..., object]) -> object:
    """The instance admin, who also sees models, rubrics, calibrators and users."""
    person = make_person("root", "admin")
    person.is_staff = person.is_superuser = True  # type: ignore[attr-defined]
    person.save(update_fields=["is_staff", "is_superuser"])  # type: ignore[attr-defined]
    return person


@pytest.fixture
def sign_in(client: object) -> Callable[[object], object]:
    """`sign_in(alice)`: the test client, signed in."""

    def sign(person: object) -> object:
        client.force_login(person)  # type: ignore[attr-defined]
        return client

    return sign


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests that commit for real run last: what they leave in sequences and caches then disturbs nobody."""
    items.sort(key=lambda item: bool({"live_server", "transactional_db"} & set(getattr(item, "fixturenames", ()))))
    items.sort(key=lambda item: not item.nodeid.startswith(LONGEST))


@pytest.fixture
def home() -> Iterator[Path]:
    """An empty data folder for a run of its own, short enough for sockets."""
    folder = Path(tempfile.mkdtemp(prefix="moddog-home-"))
    yield folder
    shutil.rmtree(folder, ignore_errors=True)
