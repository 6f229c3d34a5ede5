"""Events of the log go out a second time, with their old ids, in order, and are handled once."""

import asyncio
from argparse import ArgumentParser
from collections import Counter
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from chassis import replay as module
from chassis.clock import now
from chassis.consumer import Consumer
from chassis.db import INSERT_OUTBOX, shard_of
from chassis.outbox import Relay
from chassis.replay import NotDrained, Wanted, add_options, complaint, moment, replay
from chassis.testing import MakeDatabase, ScratchDatabase, TestKafka, eventually
from contracts.topics import dlq_name

from .things import MIGRATIONS, change, count_effects, effects, keep, read_all, running, versions

EMPTY = "select not exists (select from outbox)"
LOG = """
insert into event_log (event_id, topic, key, headers, payload, created_at)
values ($1, $2, $3, '[]', 'x', $4)
"""


@pytest.fixture
async def wishes(make_database: MakeDatabase) -> ScratchDatabase:
    return await make_database("wishes", MIGRATIONS)


@pytest.fixture
async def points(make_database: MakeDatabase) -> ScratchDatabase:
    return await make_database("points", MIGRATIONS)


def everything(topic: str | None = None, key: str | None = None) -> Wanted:
    return Wanted(now() - timedelta(hours=1), now() + timedelta(seconds=1), topic, key)


async def drained(db: ScratchDatabase) -> None:
    await eventually(lambda: db.fetchval(EMPTY))


async def test_events_go_out_again_and_no_consumer_handles_them_twice(
    wishes: ScratchDatabase, points: ScratchDatabase, kafka: TestKafka
) -> None:
    topic = await kafka.topic(partitions=3)
    keys = [uuid4() for _ in range(30)]
    consumer = Consumer(
        points, kafka.settings("points"), group=kafka.group(), topics=[topic], handle=keep
    )
    said: list[str] = []
    async with running(Relay(wishes, kafka.settings("wishes")).run), running(consumer.run):
        for _ in range(4):
            async with wishes.transaction() as tx:
                for key in sorted(keys):
                    await change(tx, topic, key)
        await drained(wishes)
        await eventually(lambda: handled(points, 120))
        what = everything()
        assert await replay(wishes, what, really=True, say=said.append) == {topic: 120}
        await drained(wishes)
        # An event of afterwards: when it is there, all that was replayed before it has been read.
        async with wishes.transaction() as tx:
            for key in sorted(keys):
                await change(tx, topic, key)
        await eventually(lambda: handled(points, 150))
    assert await effects(points) == {key: [1, 2, 3, 4, 5] for key in keys}
    assert await points.fetchval("select count(*) from dead_letter") == 0
    records = await read_all(kafka.settings("admin"), topic, 3)
    assert versions(records) == {key: [1, 2, 3, 4, 1, 2, 3, 4, 5] for key in keys}
    ids = Counter(dict(record.headers)["ce_id"] for record in records)
    assert Counter(ids.values()) == {2: 120, 1: 30}
    assert said == ["120 events of 30 keys"]


async def handled(db: ScratchDatabase, count: int) -> bool:
    return await count_effects(db) == count


async def relayed(db: ScratchDatabase, kafka: TestKafka, topic: str, keys: list[UUID]) -> None:
    async with running(Relay(db, kafka.settings("wishes")).run):
        async with db.transaction() as tx:
            for key in sorted(keys):
                await change(tx, topic, key, times=2)
        await drained(db)


async def test_counting_writes_nothing(wishes: ScratchDatabase, kafka: TestKafka) -> None:
    topic = await kafka.topic()
    await relayed(wishes, kafka, topic, [uuid4(), uuid4()])
    assert await replay(wishes, everything(), really=False, say=print) == {topic: 4}
    assert await wishes.fetchval(EMPTY)


async def test_a_second_replay_does_not_double_what_the_first_has_put_into_the_log(
    wishes: ScratchDatabase, kafka: TestKafka
) -> None:
    topic = await kafka.topic()
    await relayed(wishes, kafka, topic, [uuid4()])
    for _ in range(2):
        async with running(Relay(wishes, kafka.settings("wishes")).run):
            assert await replay(wishes, everything(), really=True, say=print) == {topic: 2}
            await drained(wishes)
    assert await wishes.fetchval("select count(*) from event_log") == 6


async def test_only_what_was_asked_for(wishes: ScratchDatabase) -> None:
    at = now()
    for minutes, topic, key in (
        (30, "one", "a"),
        (20, "one", "a"),
        (20, "two", "a"),
        (20, "one", "b"),
        (20, dlq_name("one", "points"), "b"),
        (10, "one", "a"),
    ):
        async with wishes.transaction() as tx:
            await tx.execute(LOG, uuid4(), topic, key, at - timedelta(minutes=minutes))

    async def count(since: int, until: int, topic: str | None, key: str | None) -> dict[str, int]:
        times = at - timedelta(minutes=since), at - timedelta(minutes=until)
        return await replay(wishes, Wanted(*times, topic, key), really=False, say=print)

    assert await count(60, 0, None, None) == {"one": 4, "two": 1}
    assert await count(25, 15, None, None) == {"one": 2, "two": 1}
    assert await count(30, 20, None, None) == {"one": 1}
    assert await count(60, 0, "one", "a") == {"one": 3}
    assert await count(60, 0, None, "b") == {"one": 1}
    assert await count(60, 0, "two", "b") == {}


async def test_pages_keep_each_key_whole_and_in_the_order_of_its_versions(
    wishes: ScratchDatabase, kafka: TestKafka, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "KEYS_AT_ONCE", 2)
    topic = await kafka.topic()
    keys = [uuid4() for _ in range(5)]
    await relayed(wishes, kafka, topic, keys)
    # As if another process, its clock ahead, had written the first events.
    await wishes.fetchval(
        "update event_log set created_at = created_at + interval '30 s', relayed_at = now() "
        'where headers @> \'[["ce_aggregateversion", "1"]]\''
    )
    said: list[str] = []
    what = Wanted(now() - timedelta(hours=1), now() + timedelta(minutes=2))
    await replay(wishes, what, really=True, say=said.append)
    assert said == ["4 events of 2 keys", "8 events of 4 keys", "10 events of 5 keys"]
    rows = await wishes.fetch("select key, headers from outbox order by shard, id")
    found: dict[str, list[str]] = {}
    for row in rows:
        headers: dict[str, str] = dict(module.loads(row["headers"]))
        found.setdefault(row["key"], []).append(headers["ce_aggregateversion"])
    assert found == {str(key): ["1", "2"] for key in keys}


async def test_it_waits_for_the_relay_and_gives_up_when_there_is_none(
    wishes: ScratchDatabase, kafka: TestKafka, monkeypatch: pytest.MonkeyPatch
) -> None:
    topic = await kafka.topic()
    await relayed(wishes, kafka, topic, [uuid4() for _ in range(6)])
    monkeypatch.setattr(module, "KEYS_AT_ONCE", 1)
    monkeypatch.setattr(module, "ROOM", 2)
    monkeypatch.setattr(module, "PATIENCE", 0.5)
    with pytest.raises(NotDrained, match="does the relay run"):
        await replay(wishes, everything(), really=True, say=print)
    assert await wishes.fetchval("select count(*) from outbox") == 4
    monkeypatch.setattr(module, "PATIENCE", 30.0)
    most = 0
    stop = asyncio.Event()

    async def watch() -> None:
        nonlocal most
        while not stop.is_set():
            most = max(most, await wishes.fetchval("select count(*) from outbox"))
            await asyncio.sleep(0.002)

    watching = asyncio.create_task(watch())
    async with running(Relay(wishes, kafka.settings("wishes")).run):
        assert await replay(wishes, everything(), really=True, say=print) == {topic: 12}
        await drained(wishes)
    stop.set()
    await watching
    assert most <= 4


async def test_what_waits_in_the_outbox_is_not_put_back_a_second_time(
    wishes: ScratchDatabase,
) -> None:
    """A replay reads the log only: what still stands in the outbox is no part of it."""
    async with wishes.transaction() as tx:
        row = (shard_of("k"), uuid4(), "one", "k", "[]", b"x")
        await tx.execute(INSERT_OUTBOX, *row)
    assert await replay(wishes, everything(), really=True, say=print) == {}
    assert await wishes.fetchval("select count(*) from outbox") == 1


def asked(*words: str) -> Any:
    parser = ArgumentParser()
    add_options(parser)
    return parser.parse_args(words)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ([], "replay needs --since"),
        (["--since", "2026-01-01"], "more than 90 days ago"),
        (["--since", "2026-01-01", "--until", "2025-12-31"], "not after"),
        (["--since", "2026-01-01", "--older"], None),
        (["--since", f"{now() - timedelta(hours=1):%Y-%m-%dT%H:%M}"], None),
    ],
)
def test_bad_options_are_refused_with_a_sentence(words: list[str], sentence: str | None) -> None:
    found = complaint(asked(*words))
    assert found is None if sentence is None else sentence in str(found)


def test_a_time_without_a_zone_is_beijings() -> None:
    assert moment("2026-11-23T08:00") == moment("2026-11-23T00:00+00:00")
    assert moment("2026-11-23").isoformat() == "2026-11-23T00:00:00+08:00"
    with pytest.raises(SystemExit):
        asked("--since", "yesterday")
