"""The whole system for a benchmark: every service, the people of 韩森寨, and a partner who listens."""

import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil
from hansenzhai.telling import Telling
from hansenzhai.world import world_of
from stack import Ports, Stack
from stack.processes import Child, inherited_environment, spawn

READY = 40.0


@dataclass(frozen=True)
class Whole:
    """A running stack and who acts in it."""

    stack: Stack
    telling: Telling
    seconds: float
    """From the first process to the last that was ready."""

    def token(self, who: str) -> str:
        """Of a member of staff, without the word Bearer."""
        return self.telling.desk.staff(who).authorization.removeprefix("Bearer ")

    def processes(self) -> dict[str, psutil.Process]:
        """The services, PostgreSQL's first process and the brokers, by name."""
        found = {name: psutil.Process(child.pid) for name, child in self.stack.services.items()}
        if self.stack.postgres.child:
            found["postgres"] = psutil.Process(self.stack.postgres.child.pid)
        for number, child in self.stack.kafka.children.items():
            found[f"kafka-{number}"] = psutil.Process(child.pid)
        return found


@contextmanager
def whole(folder: Path) -> Generator[Whole]:
    """fsync is on. Everything is stopped at the end."""
    stack = Stack(folder / "stack", Ports.free(), purpose="test", fsync=True)
    try:
        began = time.perf_counter()
        stack.start()
        seconds = time.perf_counter() - began
        telling = Telling(world_of(stack))
        telling.open()
        yield Whole(stack, telling, seconds)
        telling.close()
    finally:
        stack.stop()


@contextmanager
def partner(stack: Stack) -> Generator[Path]:
    """A listener that is a member; afterwards its lines are complete: event, correlation, seconds."""
    log = stack.folder / "logs" / "partner.log"
    child = spawn(
        "partner",
        [sys.executable, "-m", "bench.listen"],
        log=log,
        env={
            **inherited_environment(),
            "BOOTSTRAP": stack.kafka.bootstrap,
            "KAFKA_PASSWORD": stack.secrets.kafka["partner"],
        },
        stack=stack.folder,
    )
    try:
        _wait_for_ready(child, log)
        yield log
    finally:
        child.end(within=8)


def _wait_for_ready(child: Child, log: Path) -> None:
    deadline = time.monotonic() + READY
    while "ready" not in log.read_text(encoding="utf-8"):
        if not child.running or time.monotonic() > deadline:
            raise TimeoutError(log.read_text(encoding="utf-8")[-2000:])
        time.sleep(0.05)


def arrivals(log: Path) -> list[tuple[str, str, float]]:
    """(event id, correlation id, seconds since 1970) of every line."""
    found: list[tuple[str, str, float]] = []
    for line in log.read_text(encoding="utf-8").splitlines():
        parts = line.split()
        if len(parts) == 3:
            found.append((parts[0], parts[1], float(parts[2])))
    return found


def percentile(values: list[float], share: float) -> float:
    """The value that `share` of them do not exceed; 0 of none."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0
