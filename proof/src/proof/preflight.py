"""Before anything is started: is there room for a campaign? And what an earlier one left, goes."""

import os
import shutil
import tempfile
from collections.abc import Collection, Generator
from contextlib import contextmanager
from pathlib import Path

import psutil
from stack.note import end_leftovers

from proof.system import clock_library

MEMORY = 4 * 1024**3
"""Bytes: three brokers of 0.4 GiB, five services, PostgreSQL, and room to breathe."""
DISK = 3 * 1024**3
PREFIX = "wishtree-prove-"
OWNER = "owner.pid"


class NoRoom(Exception):
    """A sentence that says what is missing."""


def require_room(folder: Path) -> None:
    """Raises NoRoom when memory or disk do not suffice."""
    free = psutil.virtual_memory().available
    if free < MEMORY:
        raise NoRoom(_missing("内存", "memory", free, MEMORY))
    free = shutil.disk_usage(folder).free
    if free < DISK:
        raise NoRoom(_missing(f"磁盘（{folder}）", f"disk in {folder}", free, DISK))


def require_clock(kinds: Collection[str]) -> None:
    """Raises NoRoom when clocks shall be stepped and the library for it is not there."""
    if "step_clock" in kinds and clock_library() is None:
        raise NoRoom(
            "没有 libfaketime，拨不了时钟：请装 Debian 的 faketime 包，或者用 --faults 只选别的故障。"
            " / libfaketime is missing, so no clock can be stepped: install Debian's package"
            " faketime, or choose other faults with --faults."
        )


@contextmanager
def own_folder() -> Generator[Path]:
    """A new folder beside no demo's data, removed at the end, whatever the end is. A folder whose
    owner was killed is removed by whoever comes next, and so is what still runs from it."""
    place = Path(tempfile.gettempdir())
    _remove_abandoned(place)
    require_room(place)
    folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=place)).resolve()
    (folder / OWNER).write_text(f"{os.getpid()} {psutil.Process().create_time()}")
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _remove_abandoned(place: Path) -> None:
    for folder in place.glob(f"{PREFIX}*"):
        if folder.is_dir() and folder.stat().st_uid == os.getuid() and not _owned(folder):
            end_leftovers(folder.resolve())
            shutil.rmtree(folder, ignore_errors=True)


def _owned(folder: Path) -> bool:
    try:
        pid, began = (folder / OWNER).read_text().split()
        return abs(psutil.Process(int(pid)).create_time() - float(began)) < 1
    except (OSError, ValueError, psutil.NoSuchProcess):
        return False


def _missing(zh: str, en: str, free: int, wanted: int) -> str:
    have, need = free / 1024**3, wanted / 1024**3
    return (
        f"{zh}不够：要 {need:.0f} GiB，现在有 {have:.1f} GiB。请先腾出来再试。"
        f" / not enough {en}: {need:.0f} GiB are needed, {have:.1f} GiB are free."
    )
