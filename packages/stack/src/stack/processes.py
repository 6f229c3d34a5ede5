"""Child processes: started on a leash, waited for with limits, ended for certain."""

import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from stack.errors import NotReady
from stack.layout import private_folder

LEASH = Path(__file__).with_name("leash.py")
KILL_LIMIT = 0.5
LOG_LIMIT = 16 * 1024 * 1024
MARK = "WISHTREE_STACK"
"""Every child carries its stack's folder in this variable: so a later run finds what was left."""


@dataclass(frozen=True)
class User:
    """Whom a child runs as when we are root."""

    uid: int
    gid: int


@dataclass
class Child:
    """One started process. Its output goes to `log`, never through us: a stalled reader stalls nobody."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path

    @property
    def pid(self) -> int:
        return self.process.pid

    @property
    def running(self) -> bool:
        return self.process.poll() is None

    def kill(self, *, within: float = 10) -> bool:
        """SIGKILL for the process and all of its group; whether it was gone within the limit.

        One that waits for a disk ends when the disk has answered, and nothing can hasten that.
        """
        with suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        return self.wait(within)

    def ask(self, number: int) -> None:
        """Sends a signal; wakes it first, because a stopped process sleeps through a request."""
        self.process.send_signal(signal.SIGCONT)
        self.process.send_signal(number)

    def wait(self, seconds: float) -> bool:
        """Whether it ended within the limit."""
        try:
            self.process.wait(timeout=max(seconds, 0.01))
        except subprocess.TimeoutExpired:
            return False
        return True

    def end(self, number: int = signal.SIGTERM, *, within: float) -> bool:
        """Asks it to end, then kills it. True if it ended by itself within `within` seconds."""
        if not self.running:
            return True
        self.ask(number)
        if self.wait(within):
            return True
        self.kill(within=KILL_LIMIT)
        return False


def spawn(
    name: str,
    command: Sequence[str],
    *,
    log: Path,
    env: Mapping[str, str],
    stack: Path,
    user: User | None = None,
) -> Child:
    """Starts a command in a process group of its own; it dies with this process.

    `stack` marks it as part of that folder's stack. Ctrl-C in the terminal reaches only us.
    """
    private_folder(log.parent)
    _keep_short(log)
    ids = f"{user.uid}:{user.gid}" if user else "-"
    leashed = [sys.executable, "-I", "-S", str(LEASH), str(os.getpid()), ids, *command]
    with log.open("ab") as output:
        process = _SPAWNER.run(
            lambda: subprocess.Popen(
                leashed,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env={**env, MARK: str(stack)},
                cwd="/",
                start_new_session=True,
            )
        )
    return Child(name, process, log)


def _keep_short(log: Path) -> None:
    """A log that has grown long becomes `.1` at the next start: two files are the most there is."""
    if log.exists() and log.stat().st_size > LOG_LIMIT:
        log.replace(log.with_name(f"{log.name}.1"))


def wait_until(ready: Callable[[], bool], child: Child, *, seconds: float) -> None:
    """Polls until ready. NotReady, with the last lines of its log, when it ends or time is up."""
    deadline = time.monotonic() + seconds
    pause = 0.02
    while not ready():
        if not child.running:
            why = f"结束了，返回码 {child.process.returncode} / exited with {child.process.returncode}"
            raise NotReady(child.name, why, last_lines(child.log))
        if time.monotonic() > deadline:
            why = f"{seconds:g} 秒内没有就绪 / not ready within {seconds:g} s"
            raise NotReady(child.name, why, last_lines(child.log))
        time.sleep(pause)
        pause = min(pause * 1.5, 0.2)


def last_lines(log: Path, count: int = 12) -> list[str]:
    """The end of a log, from at most its last 64 KiB."""
    try:
        with log.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - 65_536))
            return file.read().decode("utf-8", "replace").splitlines()[-count:]
    except FileNotFoundError:
        return []


def inherited_environment() -> dict[str, str]:
    """Our environment without settings of Wishtree or libpq, which would change what a child does."""
    return {k: v for k, v in os.environ.items() if not k.startswith(("WISHTREE_", "PG"))}


class _Spawner:
    """Starts processes from one thread that lives as long as this process.

    The kernel sends the parent-death signal when the *thread* that started a child ends: a child
    started from a pool's thread would be killed when that pool shuts down.
    """

    def __init__(self) -> None:
        self._orders: queue.SimpleQueue[
            tuple[Callable[[], subprocess.Popen[bytes]], Future[subprocess.Popen[bytes]]]
        ] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def run(self, start: Callable[[], subprocess.Popen[bytes]]) -> subprocess.Popen[bytes]:
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(target=self._serve, name="spawner", daemon=True)
                self._thread.start()
        answer: Future[subprocess.Popen[bytes]] = Future()
        self._orders.put((start, answer))
        return answer.result(timeout=30)

    def _serve(self) -> None:
        while True:
            start, answer = self._orders.get()
            try:
                answer.set_result(start())
            except OSError as error:
                answer.set_exception(error)


_SPAWNER = _Spawner()
