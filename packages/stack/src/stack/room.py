"""A folder of one's own for a run that must leave nothing: a campaign, a benchmark.

It refuses where memory or disk do not suffice, lies beside no demo's data, is removed at the end
whatever the end is, and what a killed run left behind goes at the next start.
"""

import os
import shutil
import tempfile
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import psutil

from stack.errors import StackError
from stack.layout import private_folder
from stack.note import Process, end_leftovers

GIB = 1024**3
OWNER = "owner.json"
PATIENCE = 30.0
"""Seconds for what was started to notice that it has ended."""


class NoRoom(StackError):
    """A sentence that says what is missing."""


@contextmanager
def own_folder(purpose: str, *, memory: float, disk: float) -> Generator[Path]:
    """A new folder; `memory` and `disk` are what the run needs, in GiB. Raises NoRoom."""
    place = Path(tempfile.gettempdir()).resolve()
    prefix = f"wishtree-{purpose}-"
    _remove_abandoned(place, prefix)
    _require("内存", "memory", psutil.virtual_memory().available, memory)
    _require(f"磁盘（{place}）", f"disk in {place}", shutil.disk_usage(place).free, disk)
    folder = private_folder(Path(tempfile.mkdtemp(prefix=prefix, dir=place)))
    try:
        if (owner := Process.of(os.getpid())) is not None:
            (folder / OWNER).write_text(owner.model_dump_json(), encoding="utf-8")
        yield folder
    finally:
        _remove(folder)


def _remove(folder: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    while folder.exists() and time.monotonic() < deadline:
        # A start that was cut short may have a child that writes on for a moment.
        shutil.rmtree(folder, ignore_errors=True)
        if folder.exists():
            time.sleep(0.1)


def _remove_abandoned(place: Path, prefix: str) -> None:
    for folder in place.glob(f"{prefix}*"):
        try:
            owner = Process.model_validate_json((folder / OWNER).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            # Not ours, or just being made.
            continue
        if owner.alive() is None and folder.stat().st_uid == os.getuid():
            for inner in {folder, *(note.parent for note in folder.rglob("stack.json"))}:
                end_leftovers(inner)
            _remove(folder)


def _require(zh: str, en: str, free: int, wanted: float) -> None:
    have = free / GIB
    if have < wanted:
        raise NoRoom(
            f"{zh}不够：要 {wanted:g} GiB，现在有 {have:.1f} GiB。请先腾出来再试。"
            f" / not enough {en}: {wanted:g} GiB are needed, {have:.1f} GiB are free."
        )
