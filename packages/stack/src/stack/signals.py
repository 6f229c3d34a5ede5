"""Ctrl-C, SIGTERM and a closed terminal, turned into one orderly end."""

import signal
import threading
from collections.abc import Generator
from contextlib import contextmanager
from types import FrameType

ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@contextmanager
def ends_by_signal() -> Generator[threading.Event]:
    """Inside, the first ending signal sets the event and raises KeyboardInterrupt where we are.

    So a start that still waits ends at once. Later signals are swallowed: a second Ctrl-C must not
    cut the clean end short, which has limits of its own. Main thread only.
    """
    asked = threading.Event()

    def end(number: int, frame: FrameType | None) -> None:
        if not asked.is_set():
            asked.set()
            raise KeyboardInterrupt

    before = {number: signal.signal(number, end) for number in ENDING}
    try:
        yield asked
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
