"""What is unplugged, killed or poisoned: nothing acknowledged is lost, nothing counted twice."""

import os
import subprocess
import sys
import time
import uuid
from collections.abc import Callable

import httpx
import pytest
from confluent_kafka import Producer
from hansenzhai.stream import faults, without_repeats
from hansenzhai.world import world_of
from stack.kafka import client_settings

from tests.conftest import System
from tests.wishes import a_submitted_wish, fulfil, post

LIMIT = 120.0
TOPIC = "wishtree.wish.events.v1"


def until(true: Callable[[], bool], limit: float = LIMIT) -> None:
    deadline = time.monotonic() + limit
    while not true():
        assert time.monotonic() < deadline, "it did not come true in time"
        time.sleep(0.2)


def credited(chaos: System, who: str) -> int:
    auditor = chaos.telling.desk.staff("auditor")
    return auditor.get("points", f"/v1/accounts/{chaos.telling.desk.id_of(who)}")["minutes"]


def sound(chaos: System) -> list[str]:
    return faults(world_of(chaos.stack).reader.read_all())


def balanced(chaos: System) -> bool:
    auditor = chaos.telling.desk.staff("auditor")
    books = [
        auditor.get("points", f"/v1/books/{b}/trial-balance") for b in ("points", "hours", "gifts")
    ]
    return all(book["sum"] == 0 and not book["differences"] for book in books)


@pytest.mark.timeout(300)
@pytest.mark.parametrize("victim", ["wishes", "points", "notifications", "volunteers"])
def test_a_service_killed_in_the_middle_of_a_story_changes_nothing_in_the_end(
    chaos: System, victim: str
) -> None:
    """SIGKILL after the wish hangs and again right after it was confirmed."""
    key = f"killed-{victim}"
    before = credited(chaos, "bao-xiaohong")
    slip = a_submitted_wish(chaos, key)
    chaos.stack.kill_service(victim)
    chaos.stack.start_service(victim)
    post(chaos, key, slip["id"])
    fulfil(chaos, key, slip)
    chaos.stack.kill_service(victim)
    chaos.stack.start_service(victim)
    until(lambda: credited(chaos, "bao-xiaohong") == before + 60)
    assert balanced(chaos)
    assert sound(chaos) == []


@pytest.mark.timeout(300)
def test_with_kafka_stopped_commands_succeed_and_arrive_later(chaos: System) -> None:
    before = credited(chaos, "zhang-zhan")
    chaos.stack.stop_kafka(hard=True)
    slip = a_submitted_wish(chaos, "no-kafka")
    post(chaos, "no-kafka", slip["id"])
    fulfil(chaos, "no-kafka", slip, "zhang-zhan")
    assert credited(chaos, "zhang-zhan") == before
    chaos.stack.start_kafka()
    until(lambda: credited(chaos, "zhang-zhan") == before + 60)
    events = without_repeats(world_of(chaos.stack).reader.read_all())
    names = [event.name for event in events if event.key == slip["id"]]
    assert names[:6] == [
        "WishSubmitted",
        "WishVerified",
        "WishPosted",
        "WishClaimed",
        "WishDelivered",
        "WishFulfilled",
    ]
    assert names[6:] in ([], ["CallbackDrawn"])
    assert sound(chaos) == []


@pytest.mark.timeout(300)
def test_postgresql_restarted_is_a_503_with_a_time_and_then_works(chaos: System) -> None:
    chaos.stack.stop_postgres("immediate")
    answer = httpx.get(f"{chaos.url('wishes')}/v1/trees/610102007001", timeout=LIMIT)
    assert answer.status_code == 503
    assert int(answer.headers["retry-after"]) > 0
    assert answer.json()["type"] == "/problems/try-again"
    chaos.stack.start_postgres()
    before = credited(chaos, "bao-xiaohong")
    slip = a_submitted_wish(chaos, "postgres-back")
    post(chaos, "postgres-back", slip["id"])
    fulfil(chaos, "postgres-back", slip)
    until(lambda: credited(chaos, "bao-xiaohong") == before + 60)
    assert balanced(chaos)


@pytest.mark.timeout(300)
def test_a_poison_event_is_set_aside_its_key_parked_others_flow_and_an_operator_ends_it(
    chaos: System,
) -> None:
    """Bytes that no producer of ours could write, under the key of a living wish."""
    slip = a_submitted_wish(chaos, "poison")
    secrets = chaos.stack.secrets
    producer = Producer(
        client_settings(chaos.stack.kafka.bootstrap, "wishes", secrets.kafka["wishes"])
    )
    headers = [
        ("ce_specversion", b"1.0"),
        ("content-type", b"application/json"),
        ("ce_type", b"wishtree.WishVerified.v1"),
        ("ce_id", str(uuid.uuid4()).encode()),
        ("ce_source", b"/wishes"),
        ("ce_subject", slip["id"].encode()),
        ("ce_time", b"2026-02-01T09:30:00.000+08:00"),
        ("ce_aggregateversion", b"2"),
        ("ce_correlationid", b"poison-test"),
    ]
    producer.produce(TOPIC, key=slip["id"], value=b'{"wish_id": 7}', headers=headers)
    assert producer.flush(LIMIT) == 0
    until(lambda: dead_letters(chaos, "points") >= 1)
    before = credited(chaos, "bao-xiaohong")
    post(chaos, "poison", slip["id"])
    fulfil(chaos, "poison", slip)
    other = a_submitted_wish(chaos, "beside-poison")
    post(chaos, "beside-poison", other["id"])
    fulfil(chaos, "beside-poison", other)
    until(lambda: credited(chaos, "bao-xiaohong") == before + 60)
    until(lambda: dead_letters(chaos, "points") >= 5)
    assert run(chaos, "redrive") == 1, "the poison is still poison"
    assert credited(chaos, "bao-xiaohong") == before + 60
    assert run(chaos, "discard", "--key", slip["id"]) == 0
    assert run(chaos, "redrive", "--key", slip["id"]) == 0
    until(lambda: credited(chaos, "bao-xiaohong") == before + 120)
    until(lambda: dead_letters(chaos, "points") == 0)
    assert balanced(chaos)


def run(chaos: System, *command: str) -> int:
    """An operator's command of the points service, as the runbook says."""
    environment = {**os.environ, **chaos.stack.environment("points")}
    done = subprocess.run(
        [sys.executable, "-m", "points", *command], env=environment, timeout=LIMIT, check=False
    )
    return done.returncode


def dead_letters(chaos: System, service: str) -> int:
    text = httpx.get(f"{chaos.url(service)}/metrics", timeout=LIMIT).text
    values = dict(
        line.rsplit(" ", 1) for line in text.splitlines() if line and not line.startswith("#")
    )
    return int(float(values.get("wishtree_dead_letters_open", "0")))
