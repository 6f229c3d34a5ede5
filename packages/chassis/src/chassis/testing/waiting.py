"""Waiting for something to become true, with a deadline instead of a fixed sleep."""

import asyncio
import inspect
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar, cast

T = TypeVar("T")
PATIENCE = 60.0
"""Seconds for what must come. It ends early where all is well; a machine that others use may need ten
times as long as a quiet one."""


async def eventually(
    look: Callable[[], T | Awaitable[T]], *, seconds: float = PATIENCE, pause: float = 0.02
) -> T:
    """The first true answer of `look`. AssertionError with the last one when time is up."""
    deadline = time.monotonic() + seconds
    while True:
        found = look()
        answer = cast("T", await found if inspect.isawaitable(found) else found)
        if answer:
            return answer
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds:g} s; last: {answer!r}")
        await asyncio.sleep(pause)
