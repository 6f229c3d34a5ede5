"""Kafka for tests: the users and rights of the demo, and names that belong to one test."""

# confluent-kafka documents these names in its admin module, but does not list them for type checkers.
# pyright: reportPrivateImportUsage=false

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from uuid import uuid4

from contracts.topics import dlq_name

from chassis.kafka import KafkaSettings
from chassis.testing.waiting import PATIENCE

PREFIX = "test."


class TestKafka:
    """The broker of this session. Every service user may use topics and groups named `test.…`."""

    __test__ = False

    def __init__(self, folder: Path, address: dict[str, Any]) -> None:
        from stack import Secrets

        self.bootstrap: str = address["bootstrap"]
        self._secrets = Secrets.load(folder)

    def settings(self, user: str, *, request_timeout_ms: int = 10_000) -> KafkaSettings:
        """How this user connects; `admin` may everything."""
        secrets = self._secrets
        password = secrets.kafka_admin if user == "admin" else secrets.kafka[user]
        return KafkaSettings(
            self.bootstrap, user, password, "SASL_PLAINTEXT", request_timeout_ms=request_timeout_ms
        )

    def group(self) -> str:
        return f"{PREFIX}{uuid4().hex[:10]}"

    async def topic(
        self, *, partitions: int = 12, groups: Sequence[str] = (), max_bytes: int = 1_048_588
    ) -> str:
        """A new topic, with a dead-letter topic for each of the groups."""
        from stack.kafka import client_settings

        name = f"{PREFIX}{uuid4().hex[:10]}"
        client = client_settings(self.bootstrap, "admin", self._secrets.kafka_admin)
        wanted = {name: partitions} | {dlq_name(name, group): 1 for group in groups}
        await asyncio.to_thread(create_topics, client, wanted, max_bytes)
        return name


def create_topics(
    client: dict[str, Any], wanted: dict[str, int], max_bytes: int = 1_048_588
) -> None:
    from confluent_kafka.admin import AdminClient, NewTopic

    config = {"max.message.bytes": str(max_bytes)}
    topics = [
        NewTopic(name, num_partitions=count, replication_factor=1, config=config)
        for name, count in wanted.items()
    ]
    # A name of its own: a client that nothing refers to any more drops its requests.
    admin = AdminClient(client)
    for answer in admin.create_topics(topics, request_timeout=PATIENCE).values():
        answer.result(timeout=PATIENCE)


def provision(admin: Any, secrets: Any) -> None:
    """Users, topics and ACLs as in the demo; besides, everybody may use names that begin `test.`."""
    from confluent_kafka.admin import ResourcePatternType, ResourceType
    from stack import provision as demo
    from stack.provision import DESCRIBE, READ, WRITE, allow

    demo.users(admin, secrets.kafka)
    demo.topics(admin)
    rules: list[Any] = []
    anywhere = ResourcePatternType.PREFIXED
    for user in secrets.kafka:
        rules += allow(user, ResourceType.TOPIC, PREFIX, READ, WRITE, DESCRIBE, pattern=anywhere)
        rules += allow(user, ResourceType.GROUP, PREFIX, READ, DESCRIBE, pattern=anywhere)
    for answer in admin.create_acls(rules, request_timeout=PATIENCE).values():
        answer.result(timeout=PATIENCE)
    # The last one waits until rights are in force.
    demo.acls(admin)
