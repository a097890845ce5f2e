"""The account that Postgres runs under. It refuses to run as root, so root lends it another."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from moddog_site.embedded.home import UnusableHome

NAME = "moddog"
USERADD = ("--system", "--user-group", "--no-create-home", "--home-dir", "/nonexistent", "--shell", "/usr/sbin/nologin")


@dataclass(frozen=True)
class Account:
    """A user of the operating system."""

    name: str
    uid: int
    gid: int

    @property
    def is_own(self) -> bool:
        return self.uid == os.geteuid()

    def own(self, folder: Path) -> None:
        """Give `folder`, but not what is in it, to this account."""
        if folder.stat().st_uid != self.uid:
            os.chown(folder, self.uid, self.gid)


def account_for(owner: int) -> Account:
    """Who runs Postgres: this user; as root, the data folder's `owner`, or the account `moddog`, made if missing."""
    uid = os.geteuid()
    if uid == 0:
        uid = owner or _moddog_uid()
    try:
        entry = pwd.getpwuid(uid)
    except KeyError:
        raise UnusableHome(f"user id {uid} has no entry in /etc/passwd, and PostgreSQL needs one") from None
    return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)


def _moddog_uid() -> int:
    try:
        return pwd.getpwnam(NAME).pw_uid
    except KeyError:
        pass
    useradd = shutil.which("useradd", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
    if not useradd:
        raise UnusableHome(f"PostgreSQL does not run as root: make an account named {NAME}, or run as another user")
    made = subprocess.run([useradd, *USERADD, NAME], capture_output=True, text=True, check=False)
    if made.returncode:
        raise UnusableHome(f"PostgreSQL does not run as root, and no account {NAME} could be made: {made.stderr}")
    return pwd.getpwnam(NAME).pw_uid
