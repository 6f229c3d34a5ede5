"""Log lines of many processes for one pair of eyes: name, time, level, words."""

import json
import sys
import threading
from collections.abc import Callable
from pathlib import Path

Line = Callable[[str, str], None]
"""(process name, line as written)."""
COLOURS = {"wishes": 35, "volunteers": 34, "points": 33, "notifications": 36, "web": 32}
LEVELS = {"warning": 33, "error": 31, "critical": 31}
POLL = 0.1
WIDTH = 13


def show(name: str, line: str) -> None:
    """Prints one line of a process, in colour on a terminal."""
    out = sys.stdout
    prefix = f"{name:>{WIDTH}}"
    if out.isatty():
        prefix = f"\033[{COLOURS.get(name, 90)}m{prefix}\033[0m"
    out.write(f"{prefix} │ {readable(line, colour=out.isatty())}\n")
    out.flush()


def readable(line: str, *, colour: bool = False) -> str:
    """`{"timestamp": …, "level": …, "event": …}` → `10:24:03 info    event key=value …`.

    Other lines stay as they are.
    """
    try:
        record = json.loads(line)
        time = str(record.pop("timestamp"))[11:19]
        level = str(record.pop("level"))
        event = str(record.pop("event"))
    except (ValueError, KeyError, TypeError, AttributeError):
        return line
    record.pop("service", None)
    rest = " ".join(f"{key}={value}" for key, value in record.items())
    word = f"{level:<7}"
    if colour and level in LEVELS:
        word = f"\033[{LEVELS[level]}m{word}\033[0m"
    return f"{time} {word} {event} {rest}".rstrip()


class Follower:
    """Reads the logs of a folder as they grow and hands every new line to `line`.

    The processes write to their files by themselves: a terminal that stalls stalls no service.
    """

    def __init__(self, folder: Path, line: Line, *, only: str | None = None) -> None:
        self._folder = folder
        self._line = line
        self._only = only
        self._read: dict[Path, int] = {p: p.stat().st_size for p in self._files()}
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="logs", daemon=True)

    def start(self) -> None:
        """What is written from now on is shown, by a thread of its own."""
        self._thread.start()

    def stop(self) -> None:
        """Shows what was written until now, and ends."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(timeout=5)

    def _run(self) -> None:
        while not self._stop.wait(POLL):
            self._pass()
        self._pass()

    def _pass(self) -> None:
        for path in self._files():
            size = path.stat().st_size
            if size == self._read.get(path, 0):
                continue
            if size < self._read.get(path, 0):
                self._read[path] = 0  # a new file after a long one was put away
            with path.open("rb") as file:
                file.seek(self._read.get(path, 0))
                whole, newline, _ = file.read().rpartition(b"\n")
            # Half a line waits for its other half.
            self._read[path] = self._read.get(path, 0) + len(whole) + len(newline)
            for raw in whole.splitlines():
                self._line(path.stem, raw.decode("utf-8", "replace"))

    def _files(self) -> list[Path]:
        return sorted(self._folder.glob(f"{self._only or '*'}.log"))
