"""Named places where a test build may kill the process: the crash at exactly that line.

Armed only by WISHTREE_FAULTS (a comma list of names) and only outside production.
"""

import os
import signal

_ARMED = frozenset(filter(None, os.environ.get("WISHTREE_FAULTS", "").split(",")))
_ALLOWED = os.environ.get("WISHTREE_ENVIRONMENT", "production") != "production"


def point(name: str) -> None:
    """Die here, without any cleaning up, if the fault `name` is armed."""
    if _ALLOWED and name in _ARMED:
        os.kill(os.getpid(), signal.SIGKILL)
