"""stack.json: what runs in a folder. For `status`, `down`, other programs, and the next start."""

import json
import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Literal

import psutil
from pydantic import BaseModel

from stack.layout import write_private
from stack.ports import Ports
from stack.processes import MARK, Child

FILE = "stack.json"
ENDING = 4.0


class Process(BaseModel):
    """A process and when it began (seconds since 1970): a pid alone may meanwhile be somebody else's."""

    pid: int
    began: float

    @classmethod
    def of(cls, pid: int) -> "Process | None":
        try:
            return cls(pid=pid, began=psutil.Process(pid).create_time())
        except psutil.NoSuchProcess:
            return None

    def alive(self) -> psutil.Process | None:
        try:
            process = psutil.Process(self.pid)
            same = abs(process.create_time() - self.began) < 1
            return process if same and process.status() != psutil.STATUS_ZOMBIE else None
        except psutil.NoSuchProcess:
            return None


class Note(BaseModel):
    """One running stack."""

    supervisor: Process
    processes: dict[str, Process]
    ports: dict[str, int]
    brokers: int
    bootstrap: str
    purpose: Literal["demo", "test"]


def write_note(
    folder: Path,
    children: Mapping[str, Child],
    ports: Ports,
    brokers: int,
    bootstrap: str,
    purpose: Literal["demo", "test"],
) -> None:
    """Writes who runs now, this process being the supervisor."""
    supervisor = Process(pid=os.getpid(), began=psutil.Process().create_time())
    found = {name: Process.of(child.pid) for name, child in children.items() if child.running}
    note = Note(
        supervisor=supervisor,
        processes={name: process for name, process in found.items() if process},
        ports=asdict(ports),
        brokers=brokers,
        bootstrap=bootstrap,
        purpose=purpose,
    )
    write_private(folder / FILE, note.model_dump_json(indent=1))


def read_note(folder: Path) -> Note | None:
    """The note of this folder; None where nothing runs, or nothing was left behind."""
    try:
        return Note.model_validate(json.loads((folder / FILE).read_text(encoding="utf-8")))
    except (FileNotFoundError, ValueError):
        return None


def remove_note(folder: Path) -> None:
    (folder / FILE).unlink(missing_ok=True)


def leftovers(folder: Path) -> list[psutil.Process]:
    """Processes of an earlier run in this folder, recognised by the mark in their environment."""
    found: list[psutil.Process] = []
    for process in psutil.process_iter():
        try:
            if process.environ().get(MARK) == str(folder) and process.pid != os.getpid():
                found.append(process)
        except (psutil.NoSuchProcess, psutil.AccessDenied, psutil.ZombieProcess):
            continue  # ended meanwhile, or not ours to look at
    return found


def end_leftovers(folder: Path) -> list[int]:
    """Ends what a killed run left, politely and then for certain; returns their pids."""
    found = leftovers(folder)
    for process in found:
        with suppress(psutil.NoSuchProcess):
            process.terminate()
    _, stubborn = psutil.wait_procs(found, timeout=ENDING)
    for process in stubborn:
        with suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(stubborn, timeout=ENDING)
    return [process.pid for process in found]
