"""Runs a command that may not outlive the process that started it.

`python leash.py PARENT UID:GID|- COMMAND …` drops root if asked to, asks the kernel to kill this
process when its parent dies (Linux), and becomes the command. So a SIGKILLed supervisor leaves no
orphans. A file of its own, standard library only: it runs before anything is importable.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def drop_root(ids: str) -> None:
    user, group = (int(part) for part in ids.split(":"))
    os.setgroups([])
    os.setgid(group)
    os.setuid(user)


def die_with(parent: int) -> None:
    if sys.platform != "linux":
        return  # elsewhere the next start ends what a killed run left
    if ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL) != 0:
        raise OSError(ctypes.get_errno(), "prctl")
    # The parent may have died before the kernel was asked.
    if os.getppid() != parent:
        sys.exit(1)


def main(parent: str, ids: str, *command: str) -> None:
    if ids != "-":
        drop_root(ids)
    # After dropping root: a change of user clears the request.
    die_with(int(parent))
    os.umask(0o077)
    os.execvp(command[0], command)  # noqa: S606


if __name__ == "__main__":
    main(*sys.argv[1:])
