"""The partner's program as a process of its own, with the partner's rights, on a real broker."""

import ast
import json
import os
import subprocess
import sys
from pathlib import Path
from uuid import uuid4

from chassis.testing import TestKafka
from confluent_kafka import Producer

PROGRAM = Path(__file__).parents[1] / "partner.py"
GOLDEN = Path(__file__).parents[3] / "packages" / "contracts" / "golden"
LIMIT = 120


def run(
    kafka: TestKafka, *options: str, password: str | None = None
) -> subprocess.CompletedProcess[str]:
    login = kafka.settings("partner")
    environment = {
        **os.environ,
        "PYTHONUTF8": "1",
        "PARTNER_BOOTSTRAP": login.bootstrap,
        "PARTNER_USERNAME": login.username or "",
        "PARTNER_PASSWORD": password or login.password or "",
    }
    return subprocess.run(
        [sys.executable, str(PROGRAM), *options],
        env=environment, capture_output=True, text=True, timeout=LIMIT, check=False,
    )  # fmt: skip


def publish(kafka: TestKafka, topic: str, messages: list[tuple[dict[str, str], bytes]]) -> None:
    login = kafka.settings("wishes")
    producer = Producer(
        {
            "bootstrap.servers": login.bootstrap,
            "security.protocol": login.security_protocol,
            "sasl.mechanism": "SCRAM-SHA-512",
            "sasl.username": login.username,
            "sasl.password": login.password,
        }
    )
    for headers, value in messages:
        sent = [(name, text.encode()) for name, text in headers.items()]
        producer.produce(topic, value, key="one-wish", headers=sent)
    assert producer.flush(LIMIT) == 0


def golden(name: str, **attributes: str) -> tuple[dict[str, str], bytes]:
    recorded = json.loads((GOLDEN / f"wishtree.{name}.v1.json").read_text())
    return recorded["headers"] | attributes, json.dumps(recorded["data"]).encode()


async def test_it_prints_each_fulfilled_wish_once(kafka: TestKafka) -> None:
    topic = await kafka.topic(partitions=1)
    first = golden("WishFulfilled", ce_id=str(uuid4()))
    broken = golden("WishFulfilled", ce_id=str(uuid4()), ce_time="yesterday")
    empty = (first[0] | {"ce_id": str(uuid4())}, b"{")
    second = golden("WishFulfilled", ce_id=str(uuid4()))
    sent = [golden("WishPosted"), first, first, broken, empty, second]
    publish(kafka, topic, sent)

    done = run(kafka, "--topic", topic, "--group", kafka.group(), "--count", "2")

    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert len(lines) == 2
    assert lines[0].startswith("2026-02-01 09:30 610102007001 物资 实现了 ")
    assert done.stderr.count("0/") == 2


async def test_it_goes_on_where_it_stopped(kafka: TestKafka) -> None:
    topic, group = await kafka.topic(partitions=1), kafka.group()
    publish(kafka, topic, [golden("WishFulfilled", ce_id=str(uuid4())) for _ in range(3)])
    first = run(kafka, "--topic", topic, "--group", group, "--count", "1")
    second = run(kafka, "--topic", topic, "--group", group, "--count", "2")
    assert [len(done.stdout.splitlines()) for done in (first, second)] == [1, 2]


async def test_a_quiet_topic_ends_it_when_asked(kafka: TestKafka) -> None:
    topic = await kafka.topic(partitions=1)
    done = run(kafka, "--topic", topic, "--group", kafka.group(), "--idle", "1")
    assert (done.returncode, done.stdout) == (0, "")


def test_a_wrong_password_is_said_at_once(kafka: TestKafka) -> None:
    done = run(kafka, password="wrong")
    assert done.returncode == 1
    assert "refused" in done.stderr


def test_a_group_that_is_not_a_partners_is_refused(kafka: TestKafka) -> None:
    done = run(kafka, "--group", "points")
    assert done.returncode == 1
    assert "refused" in done.stderr


def test_it_knows_nothing_of_our_code() -> None:
    imported: set[str] = set()
    for node in ast.walk(ast.parse(PROGRAM.read_text())):
        if isinstance(node, ast.Import):
            imported |= {alias.name.partition(".")[0] for alias in node.names}
        if isinstance(node, ast.ImportFrom):
            imported.add((node.module or "").partition(".")[0])
    assert imported - set(sys.stdlib_module_names) == {"cloudevents", "confluent_kafka"}
