"""A copy made anew says what the events said, whatever the log looks like; or nothing changes."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from chassis.clock import now
from chassis.consumer import Consumer
from chassis.db import Transaction
from chassis.dead_letters import discard
from chassis.outbox import Relay
from chassis.rebuild import CannotRebuild, InOrder, ReadModel, rebuild
from chassis.replay import Wanted, replay
from chassis.testing import PATIENCE, MakeDatabase, ScratchDatabase, TestKafka, eventually
from contracts.envelope import Event
from contracts.fields import EventData
from hypothesis import given
from hypothesis import strategies as st

from .test_crashes import dies
from .things import MIGRATIONS, change, count_effects, effects, keep, running

DAMAGE = "with gone as (delete from effect where version < 3 returning 1) select count(*) from gone"


@dataclass
class Copy:
    """A service that publishes, one that keeps a copy, and a topic between them."""

    wishes: ScratchDatabase
    points: ScratchDatabase
    kafka: TestKafka
    topic: str
    group: str
    keys: list[UUID] = field(default_factory=lambda: sorted(uuid4() for _ in range(8)))

    async def write(self, times: int = 1) -> None:
        async with self.wishes.transaction() as tx:
            for key in self.keys:
                await change(tx, self.topic, key, times=times)

    def relay(self) -> Any:
        return running(Relay(self.wishes, self.kafka.settings("wishes")).run)

    def consumer(self, handle: Any = keep) -> Any:
        kafka = self.kafka.settings("points")
        return running(
            Consumer(self.points, kafka, group=self.group, topics=[self.topic], handle=handle).run
        )

    async def drained(self) -> None:
        await eventually(lambda: self.wishes.fetchval("select not exists (select from outbox)"))

    async def handled(self, count: int) -> None:
        async def reached() -> bool:
            return await count_effects(self.points) == count

        await eventually(reached)

    async def rebuild(self, handle: Any = keep, **options: bool) -> dict[str, Any]:
        model = ReadModel(("effect",), (self.topic,), handle)
        kafka = self.kafka.settings("points")
        options = {"really": True} | options
        return await rebuild(self.points, kafka, self.group, model, say=print, **options)

    def all_of(self, versions: Sequence[int]) -> dict[UUID, list[int]]:
        return {key: list(versions) for key in self.keys}

    async def forget(self, before: int) -> None:
        """Kafka drops the beginning of every partition, as it does after 90 days."""
        await asyncio.to_thread(self._forget, before)

    def _forget(self, before: int) -> None:
        from confluent_kafka import TopicPartition
        from confluent_kafka.admin import AdminClient
        from stack.kafka import client_settings

        settings = self.kafka.settings("admin")
        admin = AdminClient(client_settings(settings.bootstrap, "admin", str(settings.password)))
        places = [TopicPartition(self.topic, 0, before)]
        for answer in admin.delete_records(places, request_timeout=PATIENCE).values():
            answer.result(timeout=PATIENCE)


@pytest.fixture
async def copy(make_database: MakeDatabase, kafka: TestKafka) -> Copy:
    group = kafka.group()
    return Copy(
        await make_database("wishes", MIGRATIONS),
        await make_database("points", MIGRATIONS),
        kafka,
        await kafka.topic(partitions=1, groups=[group]),
        group,
    )


async def test_a_damaged_copy_is_whole_again_and_the_consumer_goes_on(copy: Copy) -> None:
    async with copy.relay(), copy.consumer():
        await copy.write(5)
        await copy.handled(40)
        assert await copy.points.fetchval(DAMAGE) == 16
        assert await copy.rebuild(really=False) == {"effect": (24, 40)}
        assert await count_effects(copy.points) == 24, "only looked at, and yet changed"
        assert await copy.rebuild() == {"effect": (24, 40)}
        await copy.write()
        await copy.handled(48)
    assert await effects(copy.points) == copy.all_of(range(1, 7))


async def test_repeats_of_a_replay_and_events_of_meanwhile_do_not_disturb_it(copy: Copy) -> None:
    stop = asyncio.Event()
    written = 0

    async def write() -> None:
        nonlocal written
        while not stop.is_set():
            await copy.write()
            written += 1
            await asyncio.sleep(0.01)

    async with copy.relay(), copy.consumer():
        await copy.write(2)
        await copy.handled(16)
        writing = asyncio.create_task(write())
        what = Wanted(now() - timedelta(hours=1), now() + timedelta(hours=1))
        await replay(copy.wishes, what, really=True, say=lambda _: None)
        for _ in range(3):
            await copy.rebuild()
        stop.set()
        await writing
        await copy.handled(8 * (written + 2))
    assert await effects(copy.points) == copy.all_of(range(1, written + 3))
    assert await copy.points.fetchval("select count(*) from dead_letter") == 0


async def test_what_the_consumer_has_still_before_it_is_left_to_it(copy: Copy) -> None:
    async with copy.relay():
        async with copy.consumer():
            await copy.write(3)
            await copy.handled(24)
        await copy.write(2)
        await copy.drained()
        assert await copy.rebuild() == {"effect": (24, 24)}
        async with copy.consumer():
            await copy.handled(40)
    assert await effects(copy.points) == copy.all_of(range(1, 6))


async def test_a_crash_before_the_offset_hides_nothing_from_it(copy: Copy) -> None:
    async with copy.relay():
        await copy.write(3)
        await copy.drained()
        more = {"topic": copy.topic, "group": copy.group}
        await dies("consumer", "consumer_handled", copy.points, copy.kafka, **more)
        assert await count_effects(copy.points) == 24
        await copy.points.fetchval(DAMAGE)
        assert await copy.rebuild() == {"effect": (8, 24)}


async def test_what_the_topic_holds_no_more_is_asked_of_its_owner(copy: Copy) -> None:
    async with copy.relay(), copy.consumer():
        await copy.write(3)
        await copy.handled(24)
        await copy.forget(before=11)
        with pytest.raises(CannotRebuild, match="older events have left the topic"):
            await copy.rebuild()
        with pytest.raises(CannotRebuild, match=r"keys miss earlier events.*version 1.*replays"):
            await copy.rebuild(replayed=True)
        assert await count_effects(copy.points) == 24
        what = Wanted(now() - timedelta(hours=1), now() + timedelta(hours=1))
        await replay(copy.wishes, what, really=True, say=lambda _: None)
        await copy.drained()
        await copy.points.fetchval(DAMAGE)
        assert await copy.rebuild(replayed=True) == {"effect": (8, 24)}
    assert await effects(copy.points) == copy.all_of(range(1, 4))


async def test_an_open_dead_letter_comes_first_and_a_discarded_event_stays_out(copy: Copy) -> None:
    poisoned = copy.keys[0]

    async def picky(tx: Transaction, events: Sequence[Event[EventData]]) -> None:
        for event in events:
            if event.subject == str(poisoned) and event.aggregate_version == 2:
                raise ValueError("never")
        await keep(tx, events)

    async with copy.relay(), copy.consumer(picky):
        await copy.write(2)
        await copy.handled(15)
        with pytest.raises(CannotRebuild, match="1 dead letters are open"):
            await copy.rebuild(handle=picky)
        assert await discard(copy.points, copy.group, str(poisoned))
        await copy.write()
        await copy.handled(23)
        assert await copy.rebuild(handle=picky) == {"effect": (23, 23)}
        what = Wanted(now() - timedelta(hours=1), now() + timedelta(hours=1))
        await replay(copy.wishes, what, really=True, say=print)
        await copy.drained()
        assert await copy.rebuild(handle=picky) == {"effect": (23, 23)}
    found = await effects(copy.points)
    assert found.pop(poisoned) == [1, 3]
    assert set(map(tuple, found.values())) == {(1, 2, 3)}


async def test_bytes_that_claim_a_version_and_were_discarded_take_nobodys_place(copy: Copy) -> None:
    poisoned, junk = str(copy.keys[0]), "junk"
    async with copy.relay(), copy.consumer():
        await copy.write()
        await copy.handled(8)
        async with copy.wishes.transaction() as tx:
            for key, version in ((poisoned, b"2"), (junk, b"7"), (junk, b"x")):
                headers = [("ce_aggregateversion", version), ("ce_id", b"none")]
                tx.enqueue(uuid4(), copy.topic, key, headers, b"{")

        async def aside() -> bool:
            return await copy.points.fetchval("select count(*) = 3 from dead_letter")

        await eventually(aside)
        for key in (poisoned, junk, junk):
            assert await discard(copy.points, copy.group, key)
        await copy.write()
        await copy.handled(16)
        assert await copy.rebuild() == {"effect": (16, 16)}
    assert await effects(copy.points) == copy.all_of((1, 2))


async def test_a_handler_that_fails_changes_nothing(copy: Copy) -> None:
    async def fails(tx: Transaction, events: Sequence[Event[EventData]]) -> None:
        await keep(tx, events)
        raise ValueError("no")

    async with copy.relay(), copy.consumer():
        await copy.write(2)
        await copy.handled(16)
        with pytest.raises(ValueError, match="no"):
            await copy.rebuild(handle=fails)
        assert await effects(copy.points) == copy.all_of((1, 2))
        await copy.write()
        await copy.handled(24)


@given(
    st.lists(st.permutations(range(1, 7)), min_size=1, max_size=3),
    st.lists(st.permutations(range(1, 4)), min_size=1, max_size=3),
)
def test_every_version_is_handed_out_once_and_in_order(
    first: list[list[int]], second: list[list[int]]
) -> None:
    order = InOrder()
    found: dict[str, list[int]] = {"a": [], "b": []}
    for key, runs in (("a", first), ("b", second)):
        for version in (version for run in runs for version in run):
            found[key] += order.take(("topic", key), version, version)
    assert found == {"a": [1, 2, 3, 4, 5, 6], "b": [1, 2, 3]}
    assert order.missing() == []


def test_a_gap_is_named() -> None:
    order = InOrder()
    assert order.take(("topic", "a"), 1, "one") == ["one"]
    assert order.take(("topic", "a"), 3, "three") == []
    assert order.missing() == [("topic", "a", 2)]
    assert order.take(("topic", "a"), 2, "two") == ["two", "three"]
    assert order.missing() == []
