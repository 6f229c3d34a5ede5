"""One started infrastructure for all tests of this folder; each test keeps to names of its own."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from stack import Ports, Stack


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder that another user may reach: pytest's own is closed again by every other session."""
    folder = Path(tempfile.mkdtemp(prefix="wishtree-test-")).resolve()
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def machine() -> Iterator[Stack]:
    folder = Path(tempfile.mkdtemp(prefix="wishtree-test-")).resolve()
    stack = Stack(folder, Ports.free(), purpose="test")
    try:
        stack.start_infrastructure()
        yield stack
    finally:
        stack.stop()
        shutil.rmtree(folder)
