"""Ctrl-C, SIGTERM and a closed terminal, turned into one orderly end."""

import os
import select
import signal
from collections.abc import Generator
from contextlib import contextmanager
from types import FrameType

ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Ending:
    """Whether an ending signal has come: a pipe, which the first one writes to.

    Not a `threading.Event`: its lock is held by whoever begins to wait, and the handler, which runs
    in the middle of that, would wait for it for ever.
    """

    def __init__(self) -> None:
        self._told, self._tell = os.pipe()

    def wait(self, seconds: float | None = None) -> bool:
        """Waits until it has come or time is up; whether it has come."""
        return bool(select.select([self._told], [], [], seconds)[0])

    def tell(self) -> bool:
        """Whether this was the first time."""
        first = not self.wait(0)
        if first:
            os.write(self._tell, b".")
        return first

    def close(self) -> None:
        os.close(self._told)
        os.close(self._tell)


@contextmanager
def ends_by_signal(*, at_once: bool = True) -> Generator[Ending]:
    """Inside, the first ending signal ends every wait for it. Main thread only.

    `at_once` raises KeyboardInterrupt where we are, too, so a start that still waits ends. Without,
    whatever is under way comes to its end, as it must where threads are started and joined. Later
    signals are swallowed: a second Ctrl-C must not cut the clean end short, which has limits of its
    own.
    """
    ending = Ending()

    def end(number: int, frame: FrameType | None) -> None:
        if ending.tell() and at_once:
            raise KeyboardInterrupt

    before = {number: signal.signal(number, end) for number in ENDING}
    try:
        yield ending
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        ending.close()
