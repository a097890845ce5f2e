"""Run a command that ends when its parent ends, and under another account if told so.

    python launcher.py SIGNAL UID:GID COMMAND [ARGUMENT...]

Without this a manager that is killed outright would leave its processes behind: the kernel sends SIGNAL to them when
the parent dies (Linux; elsewhere the next start finds and stops them). `UID:GID` of `-` keeps the account.
Run as a script, with `-S`, so that it starts in milliseconds.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def die_with_parent(signal_number: int, parent: int) -> None:
    """Have the kernel send `signal_number` to this process when `parent` ends, or end now if it already did."""
    if not sys.platform.startswith("linux"):
        return
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal_number, 0, 0, 0)
    if os.getppid() != parent:
        os.kill(os.getpid(), signal_number)


def main(arguments: list[str]) -> None:
    name, account, *command = arguments
    parent = os.getppid()
    if account != "-":
        uid, gid = map(int, account.split(":"))
        os.setgroups([])
        os.setgid(gid)
        os.setuid(uid)
    die_with_parent(signal.Signals[f"SIG{name}"], parent)  # after setuid, which clears it
    os.execv(command[0], command)  # noqa: S606


if __name__ == "__main__":
    main(sys.argv[1:])
