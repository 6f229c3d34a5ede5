"""Brings a service that ended by itself back, with growing pauses, and gives up when it is no use."""

import time
from collections.abc import Callable, Iterable, Mapping

from stack.errors import NotReady
from stack.processes import Child, last_lines
from stack.signals import Ending

POLL = 0.25
TRIES = 5
CALM = 60.0
"""Seconds of running after which earlier failures no longer count."""


class Watch:
    """`check()` now and then; `until(stop)` as a loop for a program in the foreground."""

    def __init__(
        self,
        children: Mapping[str, Child],
        servers: Callable[[], Iterable[Child]],
        launch: Callable[[str, Mapping[str, str]], None],
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._children = children
        self._servers = servers
        self._launch = launch
        self._clock = clock
        self._ended: dict[str, list[float]] = {}
        self._forgotten: dict[str, Child] = {}

    def forget(self, service: str) -> None:
        """The process that runs now ends on purpose: nobody starts it again behind our back."""
        self._forgotten[service] = self._children[service]

    def until(self, stop: Ending) -> None:
        """Looks after the services until told to stop. NotReady when one does not stay up."""
        while not stop.wait(POLL):
            self.check()

    def check(self) -> list[str]:
        """Starts again what has ended by itself; returns their names.

        A database or broker that ended by itself is no accident that a new start would mend.
        """
        for server in self._servers():
            if not server.running:
                raise NotReady(server.name, *_reason(server))
        started: list[str] = []
        for name, child in list(self._children.items()):
            if child.running or self._forgotten.get(name) is child:
                continue
            if self._due(name, child):
                self._launch(name, {})
                started.append(name)
        return started

    def _due(self, name: str, child: Child) -> bool:
        """Whether to start it now: after 0, 1, 2, 4, 8 s; NotReady after the fifth time."""
        now = self._clock()
        times = self._ended.setdefault(name, [])
        if times and now - times[-1] > CALM:
            times.clear()
        if len(times) >= TRIES:
            raise NotReady(name, *_reason(child))
        if times and now - times[-1] < 2 ** (len(times) - 1):
            return False
        times.append(now)
        return True


def _reason(child: Child) -> tuple[str, list[str]]:
    code = child.process.returncode
    return f"自己结束了，返回码 {code} / ended by itself with {code}", last_lines(child.log)
