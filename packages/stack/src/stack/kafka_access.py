"""Topics, users and ACLs: a service writes its own topics only.

Idempotent. Uses the administrator, in provisioning and nowhere else.
"""

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any

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
from contracts import topics

SECONDS = 20
SCRAM_ITERATIONS = 4096
DLQ_RETENTION_MS = 90 * topics.DAY_MS
READ, WRITE, DESCRIBE = AclOperation.READ, AclOperation.WRITE, AclOperation.DESCRIBE
LITERAL, PREFIXED = ResourcePatternType.LITERAL, ResourcePatternType.PREFIXED


@dataclass(frozen=True)
class Topic:
    name: str
    partitions: int
    retention_ms: int


@dataclass(frozen=True)
class Grant:
    """A user may do these operations on a topic or group."""

    user: str
    resource: ResourceType
    name: str
    pattern: ResourcePatternType
    operations: tuple[AclOperation, ...]


def declared_topics() -> list[Topic]:
    """Event topics of the contracts, and a dead-letter topic per reading group."""
    events = [Topic(t.name, t.partitions, t.retention_ms) for t in topics.ALL]
    return events + [Topic(name, 1, DLQ_RETENTION_MS) for name in dead_letter_topics()]


def dead_letter_topics() -> list[str]:
    return [topics.dlq_name(topic.name, group) for group, topic in _subscriptions()]


def declared_grants() -> list[Grant]:
    """Who may do what. web reads without a group; a partner reads events, and no dead letters."""
    owners = sorted({t.owner for t in topics.ALL})
    return [
        *(_topic(t.owner, t.name, WRITE, DESCRIBE) for t in topics.ALL),
        *(
            _topic(group, topics.dlq_name(t.name, group), WRITE, DESCRIBE)
            for group, t in _subscriptions()
        ),
        *(Grant(s, ResourceType.TOPIC, "wishtree.", PREFIXED, (READ, DESCRIBE)) for s in owners),
        *(Grant(s, ResourceType.GROUP, s, LITERAL, (READ, DESCRIBE)) for s in owners),
        *(
            _topic(reader, t.name, READ, DESCRIBE)
            for reader in ("web", "partner")
            for t in topics.ALL
        ),
        Grant("partner", ResourceType.GROUP, "partner.", PREFIXED, (READ, DESCRIBE)),
    ]


def provision(admin: AdminClient, passwords: Mapping[str, str]) -> None:
    """Creates what is missing of topics, users and ACLs. KafkaException if the cluster refuses."""
    _create_users(admin, {user: word for user, word in passwords.items() if user != "admin"})
    _create_topics(admin, declared_topics())
    allow(admin, declared_grants())


def allow(admin: AdminClient, grants: Iterable[Grant]) -> None:
    """Adds ACLs; those that exist stay."""
    bindings = [
        AclBinding(
            grant.resource,
            grant.name,
            grant.pattern,
            f"User:{grant.user}",
            "*",
            operation,
            AclPermissionType.ALLOW,
        )
        for grant in grants
        for operation in grant.operations
    ]
    _settle(admin.create_acls(bindings, request_timeout=SECONDS))


def _create_users(admin: AdminClient, passwords: Mapping[str, str]) -> None:
    how = ScramCredentialInfo(ScramMechanism.SCRAM_SHA_512, SCRAM_ITERATIONS)
    wanted = [UserScramCredentialUpsertion(u, how, word.encode()) for u, word in passwords.items()]
    _settle(admin.alter_user_scram_credentials(wanted, request_timeout=SECONDS))


def _create_topics(admin: AdminClient, wanted: Sequence[Topic]) -> None:
    known = admin.list_topics(timeout=SECONDS).topics
    missing = [
        NewTopic(
            topic.name,
            num_partitions=topic.partitions,
            config={"cleanup.policy": "delete", "retention.ms": str(topic.retention_ms)},
        )
        for topic in wanted
        if topic.name not in known
    ]
    if missing:
        # Another provisioning run may be faster.
        _settle(
            admin.create_topics(missing, request_timeout=SECONDS), KafkaError.TOPIC_ALREADY_EXISTS
        )


def _settle(answers: Mapping[Any, Future[Any]], *accepted: int) -> None:
    for answer in answers.values():
        try:
            answer.result(timeout=SECONDS)
        except KafkaException as error:
            if error.args[0].code() not in accepted:
                raise


def _subscriptions() -> list[tuple[str, topics.TopicSpec]]:
    return [(group, topic) for group, read in topics.READERS.items() for topic in read]


def _topic(user: str, name: str, *operations: AclOperation) -> Grant:
    return Grant(user, ResourceType.TOPIC, name, LITERAL, operations)
