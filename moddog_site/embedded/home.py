"""The folder that holds everything embedded: data, sockets, logs, the secret key."""

from __future__ import annotations

import hashlib
import os
import secrets
import stat
import tempfile
from dataclasses import dataclass
from pathlib import Path

LONGEST_SOCKET = 100  # bytes; the kernel allows 107, and supervisor appends its process id to the name of its own
LONGEST_NAME = "/.s.PGSQL.5432.lock"
SYSTEM_FOLDER = Path("/var/lib/moddog")


class UnusableHome(Exception):
    """The data folder or its sockets' folder cannot be used; the message is one line that says why."""


@dataclass(frozen=True)
class Home:
    """The paths under one `MODDOG_HOME`. Nothing is created before `prepare`."""

    root: Path

    @property
    def lock(self) -> Path:
        return self.root / "lock"

    @property
    def logs(self) -> Path:
        return self.root / "logs"

    @property
    def redis(self) -> Path:
        return self.root / "redis"

    @property
    def static(self) -> Path:
        return self.root / "static"

    @property
    def metrics(self) -> Path:
        return self.root / "metrics"

    @property
    def served(self) -> Path:
        """Where Postgres works. It never runs as root, and another account may not reach a folder below /root."""
        if os.geteuid() != 0 or is_open_to_all(self.root.parent):
            return self.root
        return SYSTEM_FOLDER / self._digest

    @property
    def postgres(self) -> Path:
        return self.served / "postgres"

    @property
    def sockets(self) -> Path:
        """`served/run`, or where that is too long for a socket, a folder of this home under the temporary folder."""
        beside = self.served / "run"
        if len(os.fsencode(beside)) + len(LONGEST_NAME) <= LONGEST_SOCKET:
            return beside
        return Path(tempfile.gettempdir()) / f"moddog-{os.getuid()}-{self._digest}"

    @property
    def redis_socket(self) -> Path:
        return self.sockets / "redis.sock"

    @property
    def supervisor_socket(self) -> Path:
        return self.sockets / "supervisor.sock"

    @property
    def supervisor_configuration(self) -> Path:
        return self.sockets / "supervisor.conf"

    @property
    def _digest(self) -> str:
        return hashlib.sha256(os.fsencode(self.root)).hexdigest()[:12]

    def prepare(self, owner: int) -> None:
        """Create the folders, private to this user or to the user id `owner`. Raises `UnusableHome`."""
        if self.served != self.root:
            SYSTEM_FOLDER.mkdir(mode=0o755, exist_ok=True)
        for folder in (self.root, self.served, self.sockets, self.logs, self.redis, self.metrics):
            private_folder(folder, owner)

    def owner(self) -> int:
        """The user id that the home belongs to, or will."""
        return self.root.stat().st_uid if self.root.exists() else os.geteuid()


def private_folder(folder: Path, owner: int) -> None:
    """Make `folder` at mode 0700. Raises `UnusableHome` where it is a link, or not `owner`'s and not this user's."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = folder.lstat()
        if not stat.S_ISDIR(found.st_mode):
            raise UnusableHome(f"{folder}: is not a folder")
        if found.st_uid not in (owner, os.geteuid()):
            raise UnusableHome(f"{folder}: belongs to another user (id {found.st_uid})")
        if stat.S_IMODE(found.st_mode) != 0o700:
            folder.chmod(0o700)
    except OSError as error:
        raise UnusableHome(f"{folder}: {error.strerror}") from None


def is_open_to_all(folder: Path) -> bool:
    """Whether every user may pass through `folder` and all that it lies in."""
    existing = (place for place in (folder, *folder.parents) if place.exists())
    return all(place.stat().st_mode & stat.S_IXOTH for place in existing)


def secret_key(home: Home) -> str:
    """The key of this home, made on first use."""
    path = home.root / "secret_key"
    if not path.exists():
        private_folder(home.root, home.owner())
        descriptor, draft = tempfile.mkstemp(prefix="secret_key.", dir=home.root)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_urlsafe(48))
        try:
            os.link(draft, path)  # the first of two processes wins, and none ever reads half a key
        except FileExistsError:
            pass
        finally:
            os.unlink(draft)
    return path.read_text()


def replace_secret_key(home: Home, key: str) -> None:
    """Put `key` in place of this home's own, which nothing has been signed with yet."""
    private_folder(home.root, home.owner())
    descriptor, draft = tempfile.mkstemp(prefix="secret_key.", dir=home.root)
    with os.fdopen(descriptor, "w") as file:
        file.write(key)
    os.replace(draft, home.root / "secret_key")
