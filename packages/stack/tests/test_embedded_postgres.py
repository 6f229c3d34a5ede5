"""PostgreSQL: passwords for everybody, one schema per service, and data that survive a crash."""

import re
import sys
from pathlib import Path

import asyncpg
import psutil
import pytest
from chassis.testing import PATIENCE
from stack import EmbeddedPostgres, Stack
from stack.layout import DATABASE_SERVICES
from stack.ports import HOST
from stack.postgres import DATABASE
from stack.provision import database, run_now

# One worker: the shared infrastructure is started once.
pytestmark = pytest.mark.xdist_group("machine")

SLEEP = [sys.executable, "-c", "import signal; signal.pause()"]
OTHERS = [(one, other) for one in DATABASE_SERVICES for other in DATABASE_SERVICES if one != other]


async def connect(machine: Stack, role: str) -> asyncpg.Connection:
    """As a service, an owner (X_owner) or the superuser."""
    service = role.removesuffix("_owner")
    words = machine.secrets.owners if role != service else machine.secrets.roles
    password = machine.secrets.postgres if role == "postgres" else words[service]
    return await asyncpg.connect(machine.postgres.dsn(role, password), timeout=PATIENCE)


async def run(machine: Stack, role: str, *statements: str) -> None:
    connection = await connect(machine, role)
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()


async def ask(machine: Stack, question: str) -> list[tuple[object, ...]]:
    connection = await connect(machine, "postgres")
    try:
        return [tuple(row) for row in await connection.fetch(question)]
    finally:
        await connection.close()


@pytest.fixture(scope="module")
async def tables(machine: Stack) -> None:
    for service in DATABASE_SERVICES:
        await run(
            machine,
            f"{service}_owner",
            "CREATE TABLE leaf (id bigint GENERATED ALWAYS AS IDENTITY, place int)",
        )


@pytest.mark.usefixtures("tables")
@pytest.mark.parametrize("service", DATABASE_SERVICES)
async def test_a_service_reads_and_writes_its_own_schema(machine: Stack, service: str) -> None:
    await run(
        machine,
        service,
        "INSERT INTO leaf (place) VALUES (7)",
        "UPDATE leaf SET place = 8",
        "SELECT place FROM leaf",
        "DELETE FROM leaf",
    )


@pytest.mark.usefixtures("tables")
@pytest.mark.parametrize(("service", "other"), OTHERS)
async def test_a_service_reaches_no_other_schema(machine: Stack, service: str, other: str) -> None:
    for role in (service, f"{service}_owner"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await run(machine, role, f"SELECT * FROM {other}.leaf")


@pytest.mark.usefixtures("tables")
@pytest.mark.parametrize("service", DATABASE_SERVICES)
@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE mine ()",
        "DROP TABLE leaf",
        "ALTER TABLE leaf ADD COLUMN name text",
        "TRUNCATE leaf",
        "CREATE SCHEMA mine",
        "CREATE TABLE public.mine ()",
        "SELECT * FROM public._pogo_migration",
        "SET ROLE postgres",
        "COPY leaf TO '/tmp/leaf'",
    ],
)
async def test_a_service_changes_no_structure(machine: Stack, service: str, statement: str) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await run(machine, service, statement)


@pytest.mark.parametrize("password", ["", "wrong"])
@pytest.mark.parametrize("role", ["postgres", "wishes", "wishes_owner"])
async def test_without_the_right_password_nobody_gets_in(
    machine: Stack, role: str, password: str
) -> None:
    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(
            host=HOST,
            port=machine.ports.postgres,
            user=role,
            password=password,
            database=DATABASE,
            timeout=PATIENCE,
        )


async def test_there_is_no_trust_and_no_socket(machine: Stack) -> None:
    rules = await ask(machine, "SELECT DISTINCT type, auth_method, error FROM pg_hba_file_rules")
    assert rules == [("host", "scram-sha-256", None)]
    assert await ask(machine, "SHOW unix_socket_directories") == [("",)]
    assert await ask(machine, "SHOW listen_addresses") == [(HOST,)]
    kept = "SELECT rolpassword FROM pg_authid WHERE rolcanlogin"
    assert all(str(word).startswith("SCRAM-SHA-256$") for (word,) in await ask(machine, kept))


async def test_provisioning_again_changes_nothing(machine: Stack) -> None:
    rights = """
        SELECT nspname, nspowner::regrole::text, nspacl::text FROM pg_namespace
        UNION ALL SELECT 'default', defaclrole::regrole::text, defaclacl::text FROM pg_default_acl
        UNION ALL SELECT datname, datdba::regrole::text, datacl::text FROM pg_database
        UNION ALL SELECT 'set', setrole::regrole::text, setconfig::text FROM pg_db_role_setting
        ORDER BY 1, 2, 3"""
    before = await ask(machine, rights)
    secrets = machine.secrets
    run_now(database(machine.postgres.dsn(), secrets.owners, secrets.roles))
    assert await ask(machine, rights) == before
    await run(machine, "points", "SELECT 1")


async def test_what_was_committed_survives_a_crash(machine: Stack) -> None:
    await run(machine, "postgres", "CREATE TABLE kept (place int)", "INSERT INTO kept VALUES (7)")
    machine.restart_postgres("immediate")
    assert await ask(machine, "SELECT place FROM kept") == [(7,)]


def test_passwords_are_on_no_command_line_and_in_no_log(machine: Stack) -> None:
    assert machine.postgres.child is not None
    words = {*machine.secrets.owners.values(), *machine.secrets.roles.values()}
    words.add(machine.secrets.postgres)
    written = " ".join(map(str, machine.postgres.child.process.args))
    written += machine.postgres.log.read_text(encoding="utf-8")
    assert not [word for word in words if word in written]


def test_it_starts_again_beside_what_a_killed_server_left(place: Path) -> None:
    """PostgreSQL itself refuses while one of the killed server's processes lives; a shell in its folder is
    nobody's leftover."""
    server = EmbeddedPostgres(place, password="first", fsync=False)
    server.start()
    bystander = psutil.Popen(SLEEP, cwd=server.data)
    try:
        assert server.child is not None
        postmaster = psutil.Process(server.child.pid)
        deaf = postmaster.children()[0]
        deaf.suspend()
        postmaster.kill()
        assert server.child.wait(PATIENCE)
        server.start()
        assert not deaf.is_running() or deaf.status() == psutil.STATUS_ZOMBIE
        assert bystander.is_running()
    finally:
        bystander.kill()
        bystander.wait(PATIENCE)
        server.stop()


def test_an_initdb_that_was_killed_is_begun_again(place: Path) -> None:
    (place / "data.draft").mkdir()
    (place / "data.draft" / "PG_VERSION").write_text("18\n")
    server = EmbeddedPostgres(place, password="first", fsync=False)
    server.start()
    server.stop()
    assert sorted(path.name for path in place.iterdir()) == ["data", "postgres.log"]
    assert re.search("ready to accept connections", server.log.read_text(encoding="utf-8"))
