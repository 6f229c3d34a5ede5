"""The system under test: three brokers behind cables of ours, every service with a clock of its own.

It also does what a supervisor does in production: what has ended, or says that it is not alive, is
started again.
"""

import asyncio
import glob
import os
import random
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from stack.layout import SERVICES
from stack.machine import Stack
from stack.ports import HOST, Ports, free_port
from stack.processes import Child

from proof.proxy import Proxy

BROKERS = 3
CLOCK_LIBRARY = "/usr/lib/*/faketime/libfaketime.so.1"
WORKS_WITHIN = 30.0
SHARED_MEMORY = Path("/dev/shm")  # noqa: S108


def clock_library() -> str | None:
    """Debian's libfaketime, or None."""
    return next(iter(glob.glob(CLOCK_LIBRARY)), None)


@dataclass
class System:
    """One running stack with its cables. Methods do not block the loop."""

    stack: Stack
    cables: dict[int, Proxy]
    """Node → the proxy that every client reaches it through."""
    line: Proxy
    """The way to the wishes' API."""
    extra: Mapping[str, str]
    own: dict[str, Mapping[str, str]] = field(default_factory=dict)
    """Service → settings that only it gets, for example a protection switched off."""
    restarted: list[str] = field(default_factory=list)
    """What the supervisor had to start again."""
    _hands: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1))

    @staticmethod
    async def start(
        folder: Path,
        rng: random.Random,
        *,
        brokers: int = BROKERS,
        extra: Mapping[str, str] | None = None,
        own: Mapping[str, Mapping[str, str]] | None = None,
    ) -> "System":
        """Everything running, with fsync on. Raises StackError; the caller stops what was begun."""
        first = free_port(brokers)
        front = tuple(range(first, first + brokers))
        ports = Ports.free(brokers)
        stack = Stack(folder, ports, brokers=brokers, purpose="test", fsync=True, front=front)
        cables = {
            node: Proxy(front[node - 1], stack.kafka.ports[node - 1], rng)
            for node in stack.kafka.nodes
        }
        line = Proxy(free_port(), ports.wishes, rng)
        system = System(stack, cables, line, dict(extra or {}), dict(own or {}))
        for proxy in (*cables.values(), line):
            await proxy.start()
        try:
            await asyncio.to_thread(stack.start_infrastructure)
            await asyncio.to_thread(stack.prepare)
            for service in SERVICES:
                await system.start_service(service)
            for service in SERVICES:
                await asyncio.to_thread(stack.wait_for, service)
        except BaseException:
            await system.stop()
            raise
        return system

    async def stop(self) -> None:
        await asyncio.to_thread(self.stack.stop)
        for proxy in (*self.cables.values(), self.line):
            await proxy.close()
        self._hands.shutdown()
        _remove_orphans()

    @property
    def wishes(self) -> str:
        """The base address of the wishes' API, through the line that can be cut."""
        return f"http://{HOST}:{self.line.port}"

    def child(self, name: str) -> Child | None:
        """The process of a service or a broker (`kafka-2`)."""
        if name.startswith("kafka-"):
            return self.stack.kafka.children.get(int(name.rsplit("-", 1)[1]))
        return self.stack.services.get(name)

    async def kill_service(self, name: str) -> None:
        await self._by_hand(lambda: self.stack.kill_service(name))

    async def start_service(self, name: str, extra: Mapping[str, str] | None = None) -> Child:
        """Starts it if it does not run; returns at once."""
        more = {**self.extra, **self._clock(name), **self.own.get(name, {}), **(extra or {})}
        await self._by_hand(lambda: self.stack.start_service(name, wait=False, extra=more))
        return self.stack.services[name]

    async def start_worker(self, service: str, name: str, clock: str = "") -> Child:
        """One more worker of a service's group, as weak as the service itself; the caller ends it.
        Returns when it works, or when it has had the time for that on the slowest machine. `clock`:
        the name of one that may be set, see `set_clock`; "" is this machine's."""
        port = free_port()
        extra = {**self.extra, **(self._clock(clock) if clock else {})}
        child = await self._by_hand(lambda: self.stack.start_worker(service, name, port, extra))
        deadline = time.monotonic() + WORKS_WITHIN
        async with httpx.AsyncClient(timeout=2) as http:
            while child.running and time.monotonic() < deadline:
                with suppress(httpx.HTTPError):
                    if (await http.get(f"http://{HOST}:{port}/readyz")).is_success:
                        break
                await asyncio.sleep(0.2)
        return child

    def set_clock(self, name: str, step: int) -> None:
        """Seconds that the clock of this name is off, from the next second on. A service's is named
        as it is."""
        path = self._clock_file(name)
        draft = path.with_suffix(".new")
        draft.write_text(f"{step:+d}\n", encoding="utf-8")
        draft.replace(path)

    def _clock(self, name: str) -> dict[str, str]:
        library = clock_library()
        if library is None:
            return {}
        if not self._clock_file(name).exists():
            self.set_clock(name, 0)
        return {
            "LD_PRELOAD": library,
            "FAKETIME_TIMESTAMP_FILE": str(self._clock_file(name)),
            "FAKETIME_CACHE_DURATION": "1",
            # Time-outs are measured by the monotonic clock, and nobody sets that one.
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "DONT_FAKE_MONOTONIC": "1",
        }

    def _clock_file(self, name: str) -> Path:
        return self.stack.folder / f"clock-{name}"

    async def _by_hand(self, do: Any) -> Any:
        """One after the other: the stack's own note of what runs is one file."""
        return await asyncio.get_running_loop().run_in_executor(self._hands, do)


class Supervisor:
    """Starts again what has ended, or what says for ten seconds that it is not alive."""

    def __init__(self, system: System, hurt: set[str]) -> None:
        self._system = system
        self._hurt = hurt
        self._unwell: dict[str, int] = {}

    async def run(self, stop: asyncio.Event) -> None:
        async with httpx.AsyncClient(timeout=2) as http:
            while not stop.is_set():
                for name in SERVICES:
                    if name not in self._hurt:
                        await self._look(name, http)
                with suppress(TimeoutError):
                    await asyncio.wait_for(stop.wait(), 1)

    async def _look(self, name: str, http: httpx.AsyncClient) -> None:
        child = self._system.child(name)
        if child is None or not child.running:
            self._system.restarted.append(f"{name}: ended")
            await self._system.start_service(name)
            return
        try:
            answer = await http.get(f"{self._system.stack.url(name)}/livez")
            alive = answer.status_code < httpx.codes.INTERNAL_SERVER_ERROR
        except httpx.ConnectError:
            alive = True  # still starting: its end would be seen
        except httpx.HTTPError:
            alive = False
        self._unwell[name] = 0 if alive else self._unwell.get(name, 0) + 1
        if self._unwell[name] >= 10 and name not in self._hurt:
            self._unwell[name] = 0
            self._system.restarted.append(f"{name}: not alive")
            await self._system.kill_service(name)
            await self._system.start_service(name)


def _remove_orphans() -> None:
    """libfaketime leaves a piece of shared memory behind for every process that was killed."""
    for path in SHARED_MEMORY.glob("*faketime_*_*"):
        number = path.name.rsplit("_", 1)[1]
        with suppress(OSError):
            ours = number.isdecimal() and path.stat().st_uid == os.getuid()
            if ours and not Path(f"/proc/{number}").exists():
                path.unlink()
