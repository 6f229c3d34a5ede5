"""The pytest plugin: a real PostgreSQL and a real Kafka broker, one of each for all test processes.

Both start when the first test asks for them and end with the session. Every test works in databases,
topics and groups of its own, so tests run side by side.
"""

import os
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from chassis import connections
from chassis.auth.testing import assert_every_route_has_permission
from chassis.testing.brokers import TestKafka
from chassis.testing.databases import Databases, ScratchDatabase
from chassis.testing.leaving import left_over
from chassis.testing.servers import Servers, ask
from chassis.testing.waiting import PATIENCE, eventually

__all__ = [
    "PATIENCE",
    "Databases",
    "MakeDatabase",
    "ScratchDatabase",
    "TestKafka",
    "assert_every_route_has_permission",
    "eventually",
    "left_over",
]
MakeDatabase = Callable[[str, Path], Awaitable[ScratchDatabase]]
SERVERS = pytest.StashKey[Servers]()
INPUT = "wishtree_servers"
FRESH = "a database that no test had before and none gets afterwards"


def pytest_configure(config: pytest.Config) -> None:
    _choose_examples(config)
    # Two hundred at once, in the test's own process, may stand in line for longer than a person would.
    connections.WAIT_LIMIT = PATIENCE
    config.addinivalue_line("markers", f"fresh_database: {FRESH}")
    if not hasattr(config, "workerinput"):
        config.stash[SERVERS] = Servers()


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """xdist: tell a worker where to ask, and listen to it."""
    servers = node.config.stash[SERVERS]
    servers.listen()
    node.workerinput[INPUT] = str(servers.folder)


def pytest_unconfigure(config: pytest.Config) -> None:
    servers = config.stash.get(SERVERS, None)
    if servers is not None:
        servers.stop()


def _choose_examples(config: pytest.Config) -> None:
    """In CI the same examples every time: a red build must be red again when somebody looks.

    Nothing that depends on how busy the machine is: no deadline, no complaint that drawing was slow.
    """
    from hypothesis import HealthCheck, settings

    untimed = [HealthCheck.too_slow]
    settings.register_profile("ci", derandomize=True, deadline=None, suppress_health_check=untimed)
    settings.register_profile("dev", deadline=None, suppress_health_check=untimed)
    asked: str | None = config.getoption("--hypothesis-profile")
    settings.load_profile(asked or ("ci" if os.environ.get("CI") else "dev"))


def _address(config: pytest.Config, name: str) -> tuple[Path, dict[str, Any]]:
    given: dict[str, Any] | None = getattr(config, "workerinput", None)
    if given is not None:
        folder = Path(given[INPUT])
        return folder, ask(folder, name)
    servers = config.stash[SERVERS]
    return servers.folder, servers.start(name)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def postgres(pytestconfig: pytest.Config) -> AsyncGenerator[Databases]:
    """The one PostgreSQL of this session."""
    databases = Databases(*_address(pytestconfig, "postgres"))
    await databases.open()
    yield databases
    await databases.close()


@pytest_asyncio.fixture(loop_scope="session")
async def make_database(
    postgres: Databases, request: pytest.FixtureRequest
) -> AsyncGenerator[MakeDatabase]:
    """`db = await make_database("wishes", folder)`: a migrated, opened database without a trace of others.

    It is connected as the service's runtime role. With `@pytest.mark.fresh_database` it is a copy of
    its own: for a test of plans, of pages on the disk, or that ends connections behind our back.
    """
    fresh = request.node.get_closest_marker("fresh_database") is not None
    async with AsyncExitStack() as stack:

        async def make(service: str, migrations: Path) -> ScratchDatabase:
            lent = postgres.lend(service, migrations, fresh=fresh)
            return await stack.enter_async_context(lent)

        yield make


@pytest.fixture(scope="session")
def kafka(pytestconfig: pytest.Config) -> TestKafka:
    """The one broker of this session, with the users and rights of the demo."""
    return TestKafka(*_address(pytestconfig, "kafka"))
