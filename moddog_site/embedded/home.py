"""The folder that holds everything embedded: data, sockets, logs, the secret key."""

from __future__ import annotations

import hashlib
import os
import secrets
import stat
import tempfile
from dataclasses import dataclass
from pathlib import Path

LONGEST_SOCKET = 100  # bytes; the kernel allows 107, and supervisor appends its process id to one of them
LONGEST_NAME = "/.s.PGSQL.5432.lock"


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
    def postgres(self) -> Path:
        return self.root / "postgres"

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
    def sockets(self) -> Path:
        """`root/run`, or where that is too long for a socket, a folder of this home under the temporary folder."""
        beside = self.root / "run"
        if len(os.fsencode(beside)) + len(LONGEST_NAME) <= LONGEST_SOCKET:
            return beside
        digest = hashlib.sha256(os.fsencode(self.root)).hexdigest()[:12]
        return Path(tempfile.gettempdir()) / f"moddog-{os.getuid()}-{digest}"

    @property
    def redis_socket(self) -> Path:
        return self.sockets / "redis.sock"

    @property
    def supervisor_socket(self) -> Path:
        return self.sockets / "supervisor.sock"

    def prepare(self) -> None:
        """Create the folders, private to this user. Raises `UnusableHome`."""
        for folder in (self.root, self.sockets, self.logs, self.redis, self.metrics):
            private_folder(folder)


def private_folder(folder: Path, owners: tuple[int, ...] = ()) -> None:
    """Make `folder` at mode 0700. Raises `UnusableHome` where it is a link or belongs to someone else."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = folder.lstat()
    except OSError as error:
        raise UnusableHome(f"{folder}: {error.strerror}") from None
    if not stat.S_ISDIR(found.st_mode):
        raise UnusableHome(f"{folder}: is not a folder")
    if os.getuid() != 0 and found.st_uid not in (os.getuid(), *owners):
        raise UnusableHome(f"{folder}: belongs to another user (id {found.st_uid})")
    if stat.S_IMODE(found.st_mode) != 0o700:
        folder.chmod(0o700)


def secret_key(home: Home) -> str:
    """The key of this home, made on first use."""
    private_folder(home.root)
    path = home.root / "secret_key"
    if not path.exists():
        draft = path.with_name(f"secret_key.{os.getpid()}")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_urlsafe(48))
        try:
            os.link(draft, path)  # the first of two processes wins, and none ever reads half a key
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path.read_text()
