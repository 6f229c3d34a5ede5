"""Roles, schemas, topics, users and ACLs: the same for the embedded stack and for any other.

Everything here may run again: what is there stays, what is missing is made, passwords are set anew.
"""

from collections.abc import Iterable, Mapping
from concurrent.futures import Future

import asyncpg
from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import (
    AclBinding,
    AclOperation,
    AclPermissionType,
    AdminClient,
    NewTopic,
    ResourcePatternType,
    ResourceType,
    ScramCredentialInfo,
    ScramMechanism,
    UserScramCredentialUpsertion,
)
from contracts.topics import ALL, READERS, TopicSpec, dlq_name

LIMIT = 20.0
ITERATIONS = 4096
PREFIX = "wishtree."

ROLE = """
do $body$ begin
    if not exists (select from pg_roles where rolname = '{role}') then
        create role {role} login noinherit;
    end if;
end $body$
"""


async def database(dsn: str, owners: Mapping[str, str], roles: Mapping[str, str]) -> None:
    """The database `wishtree` (must exist or be creatable) with one schema and two roles a service.

    `owners` and `roles` map a service to the password of `<service>_owner` and `<service>`.
    """
    server, _, name = dsn.rpartition("/")
    connection = await asyncpg.connect(f"{server}/postgres", timeout=5, command_timeout=30)
    try:
        if not await connection.fetchval("select 1 from pg_database where datname = $1", name):
            await connection.execute(f'create database "{name}"')
    finally:
        await connection.close(timeout=5)
    connection = await asyncpg.connect(dsn, timeout=5, command_timeout=30)
    try:
        await connection.execute("revoke all on schema public from public")
        await connection.execute(f'revoke all on database "{name}" from public')
        for extension in ("pg_trgm", "btree_gist"):
            await connection.execute(f"create extension if not exists {extension}")
        await _migration_tables(connection)
        for service in roles:
            await _service(connection, name, service, owners[service], roles[service])
    finally:
        await connection.close(timeout=5)


async def _service(
    connection: asyncpg.Connection, name: str, service: str, owner_word: str, word: str
) -> None:
    owner = f"{service}_owner"
    for role, password in ((owner, owner_word), (service, word)):
        await connection.execute(ROLE.format(role=role))
        # No parameters in DDL; the words are generated from an alphabet without quotes.
        await connection.execute(f"alter role {role} password '{password.replace(chr(39), '')}'")
        await connection.execute(f'grant connect on database "{name}" to {role}')
    await connection.execute(f"create schema if not exists {service} authorization {owner}")
    await connection.execute(f"grant usage on schema public to {owner}")
    await connection.execute(
        f"grant select, insert, delete on all tables in schema public to {owner}"
    )


async def _migration_tables(connection: asyncpg.Connection) -> None:
    """The migration tool's own two tables are shared, so nobody's role has to own them."""
    from pogo_core.util import sql

    await sql.ensure_pogo_sync(connection)


def topics(admin: AdminClient, *, replicas: int = 1) -> None:
    """Every topic of the published language, and the dead letters of every group."""
    dead = [
        TopicSpec(dlq_name(topic.name, group), group, partitions=1)
        for group, read in READERS.items()
        for topic in read
    ]
    wanted = [
        NewTopic(
            topic.name,
            num_partitions=topic.partitions,
            replication_factor=replicas,
            config={"cleanup.policy": "delete", "retention.ms": str(topic.retention_ms)},
        )
        for topic in (*ALL, *dead)
    ]
    for name, future in admin.create_topics(wanted, request_timeout=LIMIT).items():
        _done(future, f"topic {name}", KafkaError.TOPIC_ALREADY_EXISTS)


def users(admin: AdminClient, passwords: Mapping[str, str]) -> None:
    """SCRAM-SHA-512 for everybody: the only mechanism the Kubernetes operator knows as well."""
    changes = [
        UserScramCredentialUpsertion(
            name, ScramCredentialInfo(ScramMechanism.SCRAM_SHA_512, ITERATIONS), word.encode()
        )
        for name, word in passwords.items()
    ]
    for name, future in admin.alter_user_scram_credentials(changes).items():
        _done(future, f"user {name}")


def acls(admin: AdminClient) -> None:
    """A service writes its own topics and its own dead letters; everybody listed reads."""
    rules = [rule for service in (*READERS, "web", "partner") for rule in _rules(service)]
    for rule, future in admin.create_acls(rules, request_timeout=LIMIT).items():
        _done(future, str(rule))


def _rules(user: str) -> Iterable[AclBinding]:
    read, write, describe = AclOperation.READ, AclOperation.WRITE, AclOperation.DESCRIBE
    for topic in ALL:
        yield _allow(user, ResourceType.TOPIC, topic.name, read)
        yield _allow(user, ResourceType.TOPIC, topic.name, describe)
        if topic.owner == user:
            yield _allow(user, ResourceType.TOPIC, topic.name, write)
    for topic in READERS.get(user, ()):
        for operation in (write, describe):
            yield _allow(user, ResourceType.TOPIC, dlq_name(topic.name, user), operation)
    if user in READERS:
        yield _allow(user, ResourceType.GROUP, user, read)
        yield _allow(user, ResourceType.BROKER, "kafka-cluster", AclOperation.IDEMPOTENT_WRITE)
    if user == "partner":
        yield _allow(user, ResourceType.GROUP, "partner.", read, ResourcePatternType.PREFIXED)


def _allow(
    user: str,
    kind: ResourceType,
    name: str,
    operation: AclOperation,
    pattern: ResourcePatternType = ResourcePatternType.LITERAL,
) -> AclBinding:
    principal = f"User:{user}"
    return AclBinding(kind, name, pattern, principal, "*", operation, AclPermissionType.ALLOW)


def _done(future: "Future[None]", what: str, *fine: int) -> None:
    try:
        future.result(LIMIT)
    except KafkaException as error:
        if error.args[0].code() not in fine:
            raise RuntimeError(f"{what}: {error.args[0].str()}") from error
