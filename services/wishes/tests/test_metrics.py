"""Wishes by state and age are counted along, and are always what the wishes themselves say."""

import asyncio
from datetime import timedelta

from chassis.clock import now
from prometheus_client import REGISTRY
from wishes.domain.queue import QUEUES
from wishes.metrics import AGES, ENDED, KEPT, OPEN, Counts

from .conftest import Api

TRUTH = "select state, count(*) as wishes from wish group by state"
IN_QUEUES = "select queue, count(*) as n from wish where queue is not null group by queue"


def waiting(state: str) -> dict[str, float | None]:
    return {
        age: number
        for age in AGES
        if (
            number := REGISTRY.get_sample_value(
                "wishtree_wishes_waiting", {"state": state, "age": age}
            )
        )
    }


def shown(state: str) -> float | None:
    return REGISTRY.get_sample_value("wishtree_wishes", {"state": state})


async def agrees(api: Api) -> None:
    truth = {row["state"]: row["wishes"] for row in await api.db.fetch(TRUTH)}
    assert {state: shown(state) for state in truth} == truth
    for state in OPEN:
        assert sum(number or 0 for number in waiting(state).values()) == truth.get(state, 0)
    queued = {row["queue"]: row["n"] for row in await api.db.fetch(IN_QUEUES)}
    for queue in QUEUES:
        number = REGISTRY.get_sample_value("wishtree_queue", {"queue": queue})
        assert number == queued.get(queue, 0)


async def test_each_state_on_the_way_is_counted(api: Api) -> None:
    tally = Counts(api.db, now)
    await tally.look()
    await agrees(api)
    await api.submitted()
    await api.verified()
    await api.posted()
    held = await api.claimed()
    await api.delivered()
    await api.fulfilled()
    await tally.look()
    await agrees(api)
    assert shown("fulfilled") == 1
    await api.ok(f"claims/{held['claim']['id']}/release", {}, api.volunteer(held["by"]))
    await tally.look()
    await agrees(api)
    assert (shown("claimed"), shown("posted")) == (0, 2)


async def test_ages_count_from_the_last_change_of_state(api: Api) -> None:
    tally = Counts(api.db, now)
    await api.submitted()
    await api.posted()
    await tally.look()
    for days, age in ((0, "<1d"), (2, "1-3d"), (5, "3-7d"), (20, "7-30d"), (40, ">30d")):
        await tally.show(now() + timedelta(days=days, hours=1))
        assert waiting("submitted") == {age: 1}
        assert waiting("posted") == {age: 1}


async def test_the_tally_holds_a_row_per_state_and_hour_and_no_move(api: Api) -> None:
    tally = Counts(api.db, now)
    for _ in range(3):
        await api.fulfilled()
    await tally.look()
    assert await api.db.fetchval("select count(*) from wish_step") == 0
    rows = await api.db.fetch("select state, wishes from wish_tally")
    assert {row["state"] for row in rows} == {"fulfilled"}
    assert sum(row["wishes"] for row in rows) == 3
    # An hour may have ended between them.
    assert len(rows) <= 2


async def test_only_of_open_wishes_the_tally_knows_since_when(api: Api) -> None:
    """The list of states stands in the database, too."""
    await api.db.fetch(
        "insert into wish_step (area, beneficiary_id, category, state, since, hanging)"
        " select '610102007001', gen_random_uuid(), 'goods', state, now(), false"
        " from unnest($1::text[]) as s (state)",
        list(KEPT),
    )
    await Counts(api.db, now).look()
    rows = await api.db.fetch("select state from wish_tally where since = to_timestamp(0)")
    assert {row["state"] for row in rows} == set(ENDED)
    assert await api.db.fetchval("select count(*) from wish_tally") == len(KEPT)


async def test_commands_and_several_counters_at_once_lose_nothing(api: Api) -> None:
    tallies = [Counts(api.db, now) for _ in range(3)]

    async def count() -> None:
        for _ in range(10):
            await asyncio.gather(*(tally.look() for tally in tallies))

    await asyncio.gather(count(), *(api.posted() for _ in range(20)))
    await tallies[0].look()
    await agrees(api)
    assert shown("posted") == 20
