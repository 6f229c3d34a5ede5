"""Kafka: who may do what, tried with real clients; nothing secret where others could read it."""

import json
import stat
import time

import pytest
from chassis.testing import PATIENCE
from confluent_kafka import Consumer, KafkaError, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, ConfigResource
from contracts.topics import ALL, POINTS, READERS, VOLUNTEER, WISH, TopicSpec, dlq_name
from stack import Stack
from stack.kafka import client_settings
from stack.provision import acls, declared_topics, granted, topics, users

# One worker: the shared infrastructure is started once.
pytestmark = pytest.mark.xdist_group("machine")

SERVICES = sorted(READERS)
DEAD = dlq_name(WISH.name, "points")


def settings(machine: Stack, user: str, **more: object) -> dict[str, object]:
    return {**client_settings(machine.kafka.bootstrap, user, machine.secrets.kafka[user]), **more}


def write(machine: Stack, user: str, topic: str) -> KafkaError | None:
    """Sends one message as the user; the error that came back, None when it was taken.

    Services send idempotently. Who may write nothing may not even begin to: then plainly.
    """
    answers: list[KafkaError | None] = []
    producer = Producer(settings(machine, user, **{"enable.idempotence": user in SERVICES}))
    producer.produce(topic, b"{}", on_delivery=lambda error, message: answers.append(error))
    assert producer.flush(PATIENCE) == 0
    return answers[0]


def read(machine: Stack, user: str, topic: str, group: str | None) -> KafkaError | None:
    """Reads as a member of the group, or without one; the refusal, None when it was allowed."""
    more = {"group.id": group or "unused", "auto.offset.reset": "earliest"}
    # Without a group there is nothing to commit; close() would insist on it for 45 s.
    more |= {"enable.auto.commit": bool(group), "enable.partition.eof": True}
    consumer = Consumer(settings(machine, user, **more))
    if group:
        consumer.subscribe([topic])
    else:
        consumer.assign([TopicPartition(topic, n, 0) for n in range(12)])
    try:
        return first_answer(consumer, alone=group is None)
    finally:
        consumer.close()


def first_answer(consumer: Consumer, *, alone: bool) -> KafkaError | None:
    """The first refusal; None at the first message or at the end of a partition."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        message = consumer.poll(1)
        if message is None:
            continue
        error = message.error()
        if error is None or error.code() == KafkaError._PARTITION_EOF:
            return None
        # librdkafka looks for a group's coordinator even when it needs none.
        if not (alone and error.code() == KafkaError.GROUP_AUTHORIZATION_FAILED):
            return error
    raise TimeoutError


def code(error: KafkaError | None) -> int | None:
    return error.code() if error else None


@pytest.mark.parametrize("topic", ALL, ids=lambda topic: topic.name)
@pytest.mark.parametrize("user", [*SERVICES, "web", "partner"])
def test_only_its_owner_writes_a_topic(machine: Stack, user: str, topic: TopicSpec) -> None:
    expected = None if user == topic.owner else KafkaError.TOPIC_AUTHORIZATION_FAILED
    assert code(write(machine, user, topic.name)) == expected


def test_only_its_group_writes_a_dead_letter(machine: Stack) -> None:
    assert write(machine, "points", DEAD) is None
    assert code(write(machine, "wishes", DEAD)) == KafkaError.TOPIC_AUTHORIZATION_FAILED


@pytest.mark.parametrize("user", SERVICES)
def test_a_service_reads_events_in_its_own_group_only(machine: Stack, user: str) -> None:
    assert read(machine, user, VOLUNTEER.name, user) is None
    refused = code(read(machine, user, VOLUNTEER.name, f"{user}.other"))
    assert refused == KafkaError.GROUP_AUTHORIZATION_FAILED


def test_web_reads_without_a_group(machine: Stack) -> None:
    assert read(machine, "web", WISH.name, None) is None
    assert code(read(machine, "web", WISH.name, "web")) == KafkaError.GROUP_AUTHORIZATION_FAILED


def test_a_partner_reads_events_in_groups_of_its_own_and_no_dead_letter(machine: Stack) -> None:
    assert read(machine, "partner", WISH.name, "partner.civil-affairs") is None
    for group in ("partner", "points"):
        refused = code(read(machine, "partner", WISH.name, group))
        assert refused == KafkaError.GROUP_AUTHORIZATION_FAILED
    refused = code(read(machine, "partner", DEAD, "partner.civil-affairs"))
    assert refused == KafkaError.TOPIC_AUTHORIZATION_FAILED


@pytest.mark.parametrize("user", ["wishes", "admin", "nobody"])
def test_a_wrong_password_is_refused(machine: Stack, user: str) -> None:
    errors: list[int] = []
    client = AdminClient(
        {
            **client_settings(machine.kafka.bootstrap, user, "wrong"),
            "error_cb": lambda error: errors.append(error.code()),
        }
    )
    with pytest.raises(KafkaException):
        client.list_topics(timeout=1)
    deadline = time.monotonic() + PATIENCE
    while not errors and time.monotonic() < deadline:
        client.poll(1)
    assert KafkaError._AUTHENTICATION in errors


def test_without_a_password_nobody_gets_in(machine: Stack) -> None:
    with pytest.raises(KafkaException):
        AdminClient({"bootstrap.servers": machine.kafka.bootstrap, "log_level": 0}).list_topics(
            timeout=1
        )


def test_topics_are_as_declared_and_no_other_comes_to_be(machine: Stack) -> None:
    admin = machine.kafka.admin()
    unknown = write(machine, "wishes", "wishtree.unknown")
    assert unknown is not None
    found = {n: len(t.partitions) for n, t in admin.list_topics(timeout=PATIENCE).topics.items()}
    declared = {topic.name: topic.partitions for topic in declared_topics()}
    assert {name: found[name] for name in declared} == declared
    assert "wishtree.unknown" not in found
    for topic in declared_topics():
        resource = ConfigResource(ConfigResource.Type.TOPIC, topic.name)
        (answer,) = admin.describe_configs([resource]).values()
        config = answer.result(PATIENCE)
        assert config["retention.ms"].value == str(topic.retention_ms)
        assert config["cleanup.policy"].value == "delete"


def test_provisioning_again_changes_nothing(machine: Stack) -> None:
    admin = machine.kafka.admin()
    before = everything(admin)
    users(admin, machine.secrets.kafka)
    topics(admin, replicas=1)
    acls(admin)
    assert everything(admin) == before
    assert read(machine, "points", WISH.name, "points") is None


def everything(admin: AdminClient) -> list[str]:
    return sorted([*map(str, granted(admin)), *admin.list_topics(timeout=PATIENCE).topics])


def test_what_was_acknowledged_survives_a_killed_broker(machine: Stack) -> None:
    assert write(machine, "points", POINTS.name) is None
    machine.kafka.kill()
    machine.kafka.start()
    assert read(machine, "notifications", POINTS.name, None) is None


def test_no_password_is_on_a_command_line_or_in_a_readable_file(machine: Stack) -> None:
    words = [*machine.secrets.kafka.values(), machine.secrets.kafka_admin]
    started = " ".join(map(str, machine.kafka.children[1].process.args))
    assert not [word for word in words if word in started]
    for path in machine.kafka.folder.glob("*"):
        if path.is_file() and any(word in path.read_text(encoding="utf-8") for word in words):
            assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert not list(machine.kafka.folder.glob("*.format"))


def test_the_note_holds_no_secret(machine: Stack) -> None:
    note = machine.folder / "stack.json"
    assert stat.S_IMODE(note.stat().st_mode) == 0o600
    written = json.dumps(json.loads(note.read_text(encoding="utf-8")))
    assert machine.secrets.kafka_admin not in written
    assert machine.secrets.postgres not in written
