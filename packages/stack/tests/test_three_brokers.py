"""Three nodes: what was acknowledged outlives a killed leader, and the end is quick and complete."""

import time
from pathlib import Path

from chassis.testing import PATIENCE
from confluent_kafka import KafkaError, Producer
from confluent_kafka.admin import AdminClient, NewTopic
from stack.kafka import EmbeddedKafka, client_settings

PASSWORD = "only-for-this-test"
STOP_LIMIT = 2.5


def send(kafka: EmbeddedKafka) -> list[KafkaError | None]:
    answers: list[KafkaError | None] = []
    settings = {**client_settings(kafka.bootstrap, "admin", PASSWORD), "acks": "all"}
    producer = Producer({**settings, "message.timeout.ms": int(PATIENCE * 1000)})
    producer.produce("kept", b"leaf", on_delivery=lambda error, message: answers.append(error))
    producer.flush(PATIENCE)
    return answers


def leader(admin: AdminClient) -> int:
    return admin.list_topics("kept", timeout=PATIENCE).topics["kept"].partitions[0].leader


def test_a_killed_leader_is_replaced_and_comes_back(place: Path) -> None:
    kafka = EmbeddedKafka(place, password=PASSWORD, brokers=3)
    try:
        kafka.start()
        admin = kafka.admin()
        made = admin.create_topics([NewTopic("kept", num_partitions=1, replication_factor=3)])
        made["kept"].result(timeout=PATIENCE)
        assert send(kafka) == [None]
        first = leader(admin)
        kafka.kill(first)
        assert send(kafka) == [None]
        kafka.start_node(first)
        kafka.wait_ready()
        assert send(kafka) == [None]
    finally:
        left = list(kafka.children.values())
        began = time.monotonic()
        kafka.stop(within=STOP_LIMIT)
    # Left to itself, the last of a quorum does not end at all.
    assert time.monotonic() - began < STOP_LIMIT + PATIENCE / 2
    assert all(child.wait(PATIENCE) for child in left)
