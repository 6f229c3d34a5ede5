"""Tests across services: a whole stack of their own, beside a running demo.

Two groups, each on a worker of its own so that its stack is started once: `system` for what only
looks and acts, `chaos` for what breaks things.
"""

from collections.abc import Generator, Mapping
from dataclasses import dataclass

import httpx
import pytest
from chassis.testing import PATIENCE
from hansenzhai.telling import Telling
from hansenzhai.world import world_of
from stack.machine import Stack
from stack.ports import Ports
from stack.room import own_folder


@dataclass
class System:
    """A running stack and the people of 韩森寨 in it."""

    stack: Stack
    telling: Telling
    http: httpx.Client

    def url(self, service: str) -> str:
        return self.stack.url(service)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """One worker per stack: a test that needs a running system goes to that system's group."""
    for item in items:
        names = getattr(item, "fixturenames", ())
        for group in ("system", "chaos", "traced"):
            if group in names:
                item.add_marker(pytest.mark.xdist_group(group))


def running(name: str, extra: Mapping[str, str] | None = None) -> Generator[System]:
    """`extra`: further settings of every service."""
    # Not pytest's own folder: PostgreSQL runs as another user when we are root, and must get there.
    with own_folder(name, memory=0, disk=0) as folder:
        stack = Stack(folder / "stack", Ports.free(), purpose="test", extra=extra)
        try:
            stack.start()
            telling = Telling(world_of(stack))
            telling.open()
            with httpx.Client(timeout=PATIENCE) as http:
                yield System(stack, telling, http)
            telling.close()
        finally:
            stack.stop()


@pytest.fixture(scope="session")
def system() -> Generator[System]:
    """Everything running, with organisations, staff and volunteers."""
    yield from running("system")


@pytest.fixture(scope="session")
def chaos() -> Generator[System]:
    """The same, to be broken."""
    yield from running("chaos")
