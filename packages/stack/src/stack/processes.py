"""Child processes that never outlive their parent.

Each child is in a process group of its own (Ctrl-C in the terminal reaches only the supervisor,
which stops the rest in order) and dies with the supervisor even when that is killed. The kernel ties
that to the thread that made the child, so one thread that lives as long as we do makes them all.
"""

import ctypes
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

PR_SET_PDEATHSIG = 1
_spawner = ThreadPoolExecutor(max_workers=1, thread_name_prefix="spawner")
_libc = ctypes.CDLL(None, use_errno=True)
Line = Callable[[str, str], None]
"""(process name, line) → shown somewhere."""


def _die_with_parent() -> None:
    if sys.platform == "linux":
        _libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


class Child:
    """One running program with its log file. `stop` is bounded; nothing is left behind."""

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        *,
        log: Path,
        environment: Mapping[str, str] | None = None,
        user: str | None = None,
        show: Line | None = None,
    ) -> None:
        self.name = name
        self.log = log
        log.parent.mkdir(parents=True, exist_ok=True)
        options: dict[str, object] = (
            {"user": user, "group": user, "extra_groups": []} if user else {}
        )
        self.process: subprocess.Popen[bytes] = _spawner.submit(
            lambda: subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                env={**os.environ, **(environment or {})},
                start_new_session=True,
                preexec_fn=_die_with_parent,
                **options,  # pyright: ignore[reportArgumentType]
            )
        ).result()
        self._reader = threading.Thread(
            target=self._copy, args=(show,), name=f"log-{name}", daemon=True
        )
        self._reader.start()

    @property
    def pid(self) -> int:
        return self.process.pid

    def running(self) -> bool:
        return self.process.poll() is None

    def stop(self, *, sign: signal.Signals = signal.SIGTERM, limit: float = 5.0) -> None:
        """Ask, wait up to `limit` seconds, then kill the whole group."""
        if self.running():
            self.signal(sign)
            try:
                self.process.wait(limit)
            except subprocess.TimeoutExpired:
                self.kill()
        self._reader.join(2)

    def kill(self) -> None:
        """SIGKILL to the group: what a power cut looks like."""
        try:
            os.killpg(self.pid, signal.SIGKILL)
        except ProcessLookupError:
            return
        self.process.wait(5)

    def signal(self, sign: signal.Signals) -> None:
        if self.running():
            self.process.send_signal(sign)

    def last_lines(self, count: int = 12) -> str:
        if not self.log.exists():
            return ""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-count:])

    def _copy(self, show: Line | None) -> None:
        assert self.process.stdout is not None
        with self.log.open("ab") as file:
            for raw in self.process.stdout:
                file.write(raw)
                file.flush()
                if show is not None:
                    show(self.name, raw.decode(errors="replace").rstrip("\n"))


class NotReady(Exception):
    """Something did not come up in time; the message holds its last words."""


def wait_until(
    ready: Callable[[], bool], *, limit: float, what: str, child: Child | None = None
) -> None:
    """Poll `ready` until it is true. Raises NotReady when `limit` seconds pass or the child ends."""
    deadline = time.monotonic() + limit
    while not ready():
        ended = child is not None and not child.running()
        if ended or time.monotonic() > deadline:
            how = "ended" if ended else f"was not ready after {limit:.0f} s"
            words = f"\n{child.last_lines()}" if child else ""
            raise NotReady(f"{what} {how}{words}")
        time.sleep(0.05)
