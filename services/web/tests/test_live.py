"""A live channel: who was away misses nothing, who is too slow loads again, memory has a bound."""

import asyncio
import re
from collections.abc import AsyncGenerator

from chassis.testing import PATIENCE
from prometheus_client import REGISTRY
from web.live import QUEUE, RING, Channel


async def heard(stream: AsyncGenerator[str], count: int) -> list[str]:
    """The next messages, without the opening line and the pulses."""
    found: list[str] = []
    while len(found) < count:
        message = await asyncio.wait_for(anext(stream), PATIENCE)
        if message.startswith("id:"):
            found.append(message)
    return found


def numbers(messages: list[str]) -> list[int]:
    return [int(re.findall(r'"n":(\d+)', message)[0]) for message in messages]


async def test_a_page_gets_what_came_after_its_place_once() -> None:
    channel = Channel()
    for n in range(5):
        channel.publish("leaf", {"n": n})
    place = channel.position
    for n in range(5, 8):
        channel.publish("leaf", {"n": n})
    stream = channel.listen(place, asyncio.Event())
    first = await heard(stream, 3)
    channel.publish("leaf", {"n": 8})
    assert numbers([*first, *await heard(stream, 1)]) == [5, 6, 7, 8]
    await stream.aclose()


async def test_a_place_too_long_ago_or_of_another_process_loads_again() -> None:
    channel = Channel()
    boot = channel.position.split("-")[0]
    for n in range(RING + 10):
        channel.publish("leaf", {"n": n})
    for place in (f"{boot}-1", "abc123-5", "nonsense"):
        stream = channel.listen(place, asyncio.Event())
        assert "event: reload" in (await heard(stream, 1))[0]
        await stream.aclose()


async def test_a_page_that_does_not_read_costs_no_memory_and_loads_again() -> None:
    channel = Channel()
    stream = channel.listen(None, asyncio.Event())
    await anext(stream)
    waiting = asyncio.create_task(anext(stream))
    await asyncio.sleep(0)
    for n in range(QUEUE * 3):
        channel.publish("leaf", {"n": n})
    messages = [await asyncio.wait_for(waiting, PATIENCE)]
    messages += await heard(stream, 1)
    assert any("event: reload" in message for message in messages)
    await stream.aclose()


async def test_a_stream_ends_when_the_process_stops() -> None:
    stopping = asyncio.Event()
    stream = Channel().listen(None, stopping)
    await anext(stream)
    waiting = asyncio.create_task(anext(stream, None))  # pyright: ignore[reportArgumentType]
    stopping.set()
    await asyncio.wait_for(waiting, PATIENCE)
    assert [message async for message in stream] == []


async def test_open_streams_are_counted_while_they_are_open() -> None:
    def streams() -> float:
        return REGISTRY.get_sample_value("wishtree_web_streams") or 0

    before = streams()
    stream = Channel().listen(None, asyncio.Event())
    await anext(stream)
    assert streams() == before + 1
    await stream.aclose()
    assert streams() == before
