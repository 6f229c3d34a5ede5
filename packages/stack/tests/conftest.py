"""One started infrastructure for all tests of this folder; each test keeps to names of its own."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from stack import Ports, Stack
from stack.room import own_folder


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder that another user may reach: pytest's own is closed again by every other session."""
    with own_folder("test", memory=0, disk=0) as folder:
        inner = folder / "place"
        inner.mkdir()
        yield inner


@pytest.fixture(scope="session")
def machine() -> Iterator[Stack]:
    with own_folder("test", memory=0, disk=0) as folder:
        stack = Stack(folder / "stack", Ports.free(), purpose="test")
        try:
            stack.start_infrastructure()
            yield stack
        finally:
            stack.stop()
