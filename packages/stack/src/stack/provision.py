"""Roles, schemas, topics, users and ACLs: the same for the embedded stack and for any other.

Everything here may run again: what is there stays, what is missing is made, passwords are set anew.
"""

# confluent-kafka documents these names in its admin module, but does not list them for type checkers.
# pyright: reportPrivateImportUsage=false

import asyncio
import time
from collections.abc import Coroutine, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar, cast

import asyncpg
from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import (
    AclBinding,
    AclBindingFilter,
    AclOperation,
    AclPermissionType,
    AdminClient,
    NewTopic,
    ResourcePatternType,
    ResourceType,
    ScramCredentialInfo,
    ScramMechanism,
    UserScramCredentialAlteration,
    UserScramCredentialUpsertion,
)
from contracts.topics import ALL, READERS, TopicSpec, dlq_name
from pogo_core.util import sql as migration_tool

from stack.errors import NotReady

LIMIT = 60.0
ITERATIONS = 4096
READ, WRITE, DESCRIBE = AclOperation.READ, AclOperation.WRITE, AclOperation.DESCRIBE
T = TypeVar("T")


def run_now(work: Coroutine[Any, Any, T]) -> T:
    """Runs a coroutine from plain code, whether or not a loop is running in this thread."""
    with ThreadPoolExecutor(max_workers=1) as thread:
        return thread.submit(asyncio.run, work).result()


async def database(dsn: str, owners: Mapping[str, str], roles: Mapping[str, str]) -> None:
    """The DSN's database with a schema and two roles per service; it is created where missing.

    `owners` and `roles` map a service to the password of `<service>_owner`, who migrates its schema,
    and of `<service>`, who reads and writes rows there and reaches no other schema.
    The DSN is a superuser's.
    """
    server, _, name = dsn.rpartition("/")
    connection = await asyncpg.connect(f"{server}/postgres", timeout=LIMIT, command_timeout=LIMIT)
    try:
        if not await connection.fetchval("SELECT true FROM pg_database WHERE datname = $1", name):
            await _ddl(connection, "CREATE DATABASE %I", name)
    finally:
        await connection.close(timeout=5)
    connection = await asyncpg.connect(dsn, timeout=LIMIT, command_timeout=LIMIT)
    try:
        await _close_doors(connection, name)
        for service, password in roles.items():
            await _role(connection, name, f"{service}_owner", owners[service], service)
            await _role(connection, name, service, password, service)
            await _schema(connection, service)
    finally:
        await connection.close(timeout=5)


async def _close_doors(connection: asyncpg.Connection, name: str) -> None:
    """What PostgreSQL allows everybody, taken back; what needs a superuser, made."""
    await _ddl(connection, "REVOKE ALL ON DATABASE %I FROM PUBLIC", name)
    await connection.execute("REVOKE ALL ON SCHEMA public FROM PUBLIC")
    for extension in ("pg_trgm", "btree_gist"):
        await connection.execute(f"CREATE EXTENSION IF NOT EXISTS {extension}")
    # The migration tool keeps two tables of its own in public; they belong to no service.
    await migration_tool.ensure_pogo_sync(connection)


async def _role(
    connection: asyncpg.Connection, name: str, role: str, password: str, schema: str
) -> None:
    known = await connection.fetchval("SELECT true FROM pg_roles WHERE rolname = $1", role)
    verb = "ALTER" if known else "CREATE"
    await _ddl(connection, f"{verb} ROLE %I LOGIN NOINHERIT PASSWORD %L", role, password)
    await _ddl(connection, "GRANT CONNECT, TEMPORARY ON DATABASE %I TO %I", name, role)
    await _ddl(connection, "ALTER ROLE %I IN DATABASE %I SET search_path TO %I", role, name, schema)


async def _schema(connection: asyncpg.Connection, service: str) -> None:
    owner = f"{service}_owner"
    await _ddl(connection, "CREATE SCHEMA IF NOT EXISTS %I AUTHORIZATION %I", service, owner)
    await _ddl(connection, "GRANT USAGE ON SCHEMA %I TO %I", service, service)
    for rights in ("SELECT, INSERT, UPDATE, DELETE ON TABLES", "USAGE, SELECT ON SEQUENCES"):
        mine = f"ALTER DEFAULT PRIVILEGES FOR ROLE %I IN SCHEMA %I GRANT {rights} TO %I"
        await _ddl(connection, mine, owner, service, service)
    await _ddl(connection, "GRANT USAGE ON SCHEMA public TO %I", owner)
    await _ddl(
        connection, "GRANT SELECT, INSERT, DELETE ON ALL TABLES IN SCHEMA public TO %I", owner
    )


async def _ddl(connection: asyncpg.Connection, template: str, *names: str) -> None:
    # DDL takes no parameters: the server itself quotes names and passwords.
    places = ", ".join(f"${n}::text" for n in range(2, len(names) + 2))
    await connection.execute(
        await connection.fetchval(f"SELECT format($1, {places})", template, *names)
    )


def declared_topics() -> list[TopicSpec]:
    """Every topic of the published language, and the dead letters of every group that reads one."""
    dead = [
        TopicSpec(dlq_name(topic.name, group), group, partitions=1, retention_ms=topic.retention_ms)
        for group, read in READERS.items()
        for topic in read
    ]
    return [*ALL, *dead]


def topics(admin: AdminClient, *, replicas: int = 1) -> None:
    """Creates the declared topics that are missing. KafkaException if the cluster refuses."""
    # The question alone creates the brokers' topic of offsets; else the first consumer trips over it.
    # Its answer may take as long as the request's limit, and nobody needs it.
    admin.describe_consumer_groups(list(READERS), request_timeout=LIMIT)
    wanted = [
        NewTopic(
            topic.name,
            num_partitions=topic.partitions,
            replication_factor=replicas,
            config={"cleanup.policy": "delete", "retention.ms": str(topic.retention_ms)},
        )
        for topic in declared_topics()
    ]
    _settle(admin.create_topics(wanted, request_timeout=LIMIT), KafkaError.TOPIC_ALREADY_EXISTS)


def users(admin: AdminClient, passwords: Mapping[str, str]) -> None:
    """SCRAM-SHA-512 for everybody: the only mechanism that the Kubernetes operator knows as well."""
    how = ScramCredentialInfo(ScramMechanism.SCRAM_SHA_512, ITERATIONS)
    changes: list[UserScramCredentialAlteration] = [
        UserScramCredentialUpsertion(name, how, word.encode()) for name, word in passwords.items()
    ]
    _settle(admin.alter_user_scram_credentials(changes, request_timeout=LIMIT))


def acls(admin: AdminClient) -> None:
    """A service writes its own topics and its own dead letters, and reads every event.

    web reads without a group. A partner reads events in groups `partner.…`, and no dead letters.
    """
    rules = {rule for user in (*READERS, "web", "partner") for rule in _rules(user)}
    _settle(admin.create_acls(sorted(rules), request_timeout=LIMIT))
    # The controller answers before the brokers know: a client that is too early is refused.
    deadline = time.monotonic() + LIMIT
    while not rules <= granted(admin):
        if time.monotonic() > deadline:
            raise NotReady("kafka", f"ACLs not in force after {LIMIT:g} s")
        time.sleep(0.05)


def granted(admin: AdminClient) -> set[AclBinding]:
    """Every ACL that is in force on the broker that answers."""
    # confluent-kafka's types say str, its documentation None for any.
    some = cast("str", None)
    everything = AclBindingFilter(
        ResourceType.ANY,
        some,
        ResourcePatternType.ANY,
        some,
        some,
        AclOperation.ANY,
        AclPermissionType.ANY,
    )
    return set(admin.describe_acls(everything, request_timeout=LIMIT).result(timeout=LIMIT))


def _rules(user: str) -> Iterator[AclBinding]:
    for topic in ALL:
        yield from allow(user, ResourceType.TOPIC, topic.name, READ, DESCRIBE)
    for topic in declared_topics():
        if topic.owner == user:
            yield from allow(user, ResourceType.TOPIC, topic.name, READ, WRITE, DESCRIBE)
    if user in READERS:
        yield from allow(user, ResourceType.GROUP, user, READ, DESCRIBE)
    if user == "partner":
        anywhere = ResourcePatternType.PREFIXED
        yield from allow(user, ResourceType.GROUP, "partner.", READ, DESCRIBE, pattern=anywhere)


def allow(
    user: str,
    kind: ResourceType,
    name: str,
    *operations: AclOperation,
    pattern: ResourcePatternType = ResourcePatternType.LITERAL,
) -> Iterator[AclBinding]:
    """One ACL per operation, from any address."""
    for operation in operations:
        yield AclBinding(
            kind, name, pattern, f"User:{user}", "*", operation, AclPermissionType.ALLOW
        )


def _settle(answers: Mapping[Any, Future[Any]], *accepted: int) -> None:
    for answer in answers.values():
        try:
            answer.result(timeout=LIMIT)
        except KafkaException as error:
            if error.args[0].code() not in accepted:
                raise
