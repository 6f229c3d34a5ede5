"""The watchdog's judgement, on offsets that a test moves by hand."""

import time
from collections.abc import Sequence

import pytest
from aiokafka import TopicPartition
from aiokafka.errors import KafkaConnectionError
from chassis.watchdog import Watchdog
from prometheus_client import REGISTRY

LEFT, RIGHT = TopicPartition("test.dog", 0), TopicPartition("test.dog", 1)


class Offsets:
    """What the watchdog asks a consumer for; the test sets it."""

    def __init__(self) -> None:
        self.ends = {LEFT: 0, RIGHT: 0}
        self.done: dict[TopicPartition, int | None] = {LEFT: None, RIGHT: None}
        self.away = False

    def partitions_for_topic(self, topic: str) -> set[int]:
        return {0, 1}

    async def end_offsets(self, places: Sequence[TopicPartition]) -> dict[TopicPartition, int]:
        if self.away:
            raise KafkaConnectionError
        return self.ends

    async def beginning_offsets(
        self, places: Sequence[TopicPartition]
    ) -> dict[TopicPartition, int]:
        return dict.fromkeys(places, 0)

    async def committed(self, place: TopicPartition) -> int | None:
        return self.done[place]


class Clocked:
    """A watchdog and a clock in one hand."""

    def __init__(self) -> None:
        self.time = 1000.0
        self.offsets = Offsets()
        self.dog = Watchdog("test.group", ["test.dog"], clock=lambda: self.time)

    async def after(self, seconds: float) -> bool:
        """Whether the dog calls the consumer stuck at its next look."""
        self.time += seconds
        return await self.dog.look(self.offsets)


@pytest.fixture
def at() -> Clocked:
    return Clocked()


async def test_no_lag_is_never_stuck(at: Clocked) -> None:
    assert not await at.after(0)
    assert not await at.after(500)


async def test_a_partition_that_moves_is_not_stuck_however_far_behind(at: Clocked) -> None:
    at.offsets.ends[LEFT] = 1000
    for done in range(10):
        at.offsets.done[LEFT] = done
        assert not await at.after(25)


async def test_one_silent_partition_is_found_though_the_other_flows(at: Clocked) -> None:
    at.offsets.ends = {LEFT: 5, RIGHT: 5}
    assert not await at.after(0)
    for done in (1, 2, 3, 4):
        at.offsets.done[RIGHT] = done
        assert not await at.after(7)
    at.offsets.done[RIGHT] = 5
    assert await at.after(7)
    assert at.dog.healthy()


async def test_a_second_consumer_that_is_stuck_too_is_not_healthy_until_it_moves(
    at: Clocked,
) -> None:
    at.offsets.ends = {LEFT: 5, RIGHT: 5}
    await at.after(0)
    assert await at.after(31)
    at.dog.excuse()  # a new consumer object gets its thirty seconds
    at.offsets.done[RIGHT] = 5  # another partition that catches up proves nothing
    assert not await at.after(1)
    assert await at.after(31)
    assert not at.dog.healthy()
    at.offsets.done[LEFT] = 1
    assert not await at.after(1)
    assert at.dog.healthy()


async def test_an_outage_of_kafka_is_not_the_consumers_fault(at: Clocked) -> None:
    at.offsets.ends[LEFT] = 5
    await at.after(0)
    at.offsets.away = True
    for _ in range(10):
        assert not await at.after(10)
    at.offsets.away = False
    assert not await at.after(10)
    assert await at.after(31)


async def test_a_batch_that_waits_for_the_database_is_excused(at: Clocked) -> None:
    at.offsets.ends[LEFT] = 5
    await at.after(0)
    for _ in range(10):
        at.dog.excuse(LEFT)
        assert not await at.after(20)


def age() -> float | None:
    return REGISTRY.get_sample_value("wishtree_consumer_lag_seconds", {"topic": "test.dog"})


async def test_lag_in_seconds_is_the_age_of_the_oldest_record_that_was_fetched(at: Clocked) -> None:
    at.offsets.ends[LEFT] = 5
    written = time.time() - 3600
    at.dog.oldest(LEFT, 0, round(written * 1000))
    await at.after(0)
    assert age() == pytest.approx(3600, abs=1)
    await at.after(10)
    assert age() == pytest.approx(3610, abs=1)
    at.offsets.done[LEFT] = 5
    await at.after(1)
    assert age() == 0


async def test_what_nobody_here_fetched_is_as_old_as_the_look_that_first_saw_it(
    at: Clocked,
) -> None:
    at.offsets.ends[LEFT] = 5
    await at.after(0)
    at.offsets.ends[LEFT] = 8
    await at.after(20)
    assert age() == pytest.approx(20)
    at.offsets.done[LEFT] = 6  # the fifth is done: what came with the second look is the oldest
    await at.after(10)
    assert age() == pytest.approx(10)


async def test_a_steady_stream_is_not_old_however_long_it_flows(at: Clocked) -> None:
    for number in range(100):
        at.offsets.ends[LEFT] = number + 1
        at.offsets.done[LEFT] = number
        await at.after(5)
        assert age() == 0


async def test_the_age_goes_on_growing_while_kafka_does_not_answer(at: Clocked) -> None:
    at.offsets.ends[LEFT] = 5
    await at.after(0)
    at.offsets.away = True
    await at.after(60)
    assert age() == pytest.approx(60)
