"""Before anything is started: is there room for a campaign, and a way to step clocks?"""

from collections.abc import Collection
from contextlib import AbstractContextManager
from pathlib import Path

from stack.room import NoRoom
from stack.room import own_folder as a_folder

from proof.system import clock_library

MEMORY, DISK = 4, 3
"""GiB: three brokers of 0.4, five services, PostgreSQL, and room to breathe."""
CLOCKS = frozenset({"step_clock", "leap_clock"})


def own_folder() -> AbstractContextManager[Path]:
    """Beside no demo's data, removed at the end. Raises NoRoom."""
    return a_folder("prove", memory=MEMORY, disk=DISK)


def require_clock(kinds: Collection[str]) -> None:
    """Raises NoRoom when clocks shall be stepped and the library for it is not there."""
    if CLOCKS & set(kinds) and clock_library() is None:
        raise NoRoom(
            "没有 libfaketime，拨不了时钟：请装 Debian 的 faketime 包，或者用 --faults 只选别的故障。"
            " / libfaketime is missing, so no clock can be stepped: install Debian's package"
            " faketime, or choose other faults with --faults."
        )
