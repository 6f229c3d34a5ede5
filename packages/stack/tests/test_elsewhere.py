"""`python -m stack provision`, which docker compose runs, on empty servers that somebody else started."""

import asyncio
import json
import subprocess
import sys
from collections.abc import Iterator

import asyncpg
import pytest
from chassis.testing import PATIENCE
from stack import Stack
from stack.layout import DATABASE_SERVICES
from stack.processes import inherited_environment
from stack.provision import database, run_now
from stack.secrets import KAFKA_USERS

# One worker: the shared infrastructure is started once.
pytestmark = pytest.mark.xdist_group("machine")


@pytest.fixture
def settings(machine: Stack) -> Iterator[dict[str, str]]:
    """What compose gives its `prepare` service; the shared roles get their passwords back after."""
    secrets = machine.secrets
    words = {f"WISHTREE_SERVICE_PASSWORD_{n.upper()}": secrets.kafka[n] for n in KAFKA_USERS}
    bootstrap = {
        "operator": {
            "login": "operator",
            "name": "区运营员",
            "area": "610102",
            "password": secrets.operator_password,
            "totp_secret": secrets.operator_totp,
        },
        "clients": secrets.clients,
    }
    common = {
        name: value
        for name, value in machine.environment("volunteers").items()
        if not name.endswith(("DATABASE_URL", "KAFKA_USERNAME", "KAFKA_PASSWORD"))
    }
    yield {
        **inherited_environment(),
        **common,
        **words,
        "WISHTREE_ADMIN_DATABASE_URL": machine.postgres.dsn(database="elsewhere"),
        "WISHTREE_ADMIN_KAFKA_PASSWORD": secrets.kafka_admin,
        "WISHTREE_BOOTSTRAP": json.dumps(bootstrap),
    }
    run_now(database(machine.postgres.dsn(), secrets.owners, secrets.roles))


async def test_it_migrates_every_service_and_creates_the_first_operator(
    machine: Stack, settings: dict[str, str]
) -> None:
    done = await asyncio.to_thread(provision, settings)
    assert done.returncode == 0, done.stdout + done.stderr
    for service in DATABASE_SERVICES:
        password = machine.secrets.kafka[service]
        dsn = machine.postgres.dsn(service, password, database="elsewhere")
        connection = await asyncpg.connect(dsn, timeout=PATIENCE)
        try:
            assert await connection.fetchval("SELECT count(*) FROM outbox") is not None
        finally:
            await connection.close()


def provision(settings: dict[str, str]) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "stack", "provision"]
    return subprocess.run(
        command, env=settings, capture_output=True, text=True, timeout=120, check=False
    )
