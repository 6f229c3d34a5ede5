"""Works 4 and 5 in small: the whole way of the measurement, and the instruments themselves."""

from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import pytest
from chassis.testing import MakeDatabase
from stack.room import own_folder
from wishes.bootstrap import MIGRATIONS

from bench.load import Ask, Load, raw
from bench.outcome import Outcome, Setting
from bench.wire import Wire
from bench.works import claims, commands


def quick(run: object, place: Path) -> Outcome:
    assert callable(run)
    outcome = run(Setting(place, True, 1, lambda _: None))
    assert isinstance(outcome, Outcome)
    return outcome


@pytest.mark.timeout(300)
@pytest.mark.xdist_group("bench")
def test_commands_beside_the_bare_handler() -> None:
    with own_folder("bench-test", memory=1, disk=1) as place:
        outcome = quick(commands.run, place)
    ours, bare = outcome.contestants
    assert (ours.role, bare.role) == ("ours", "peer")
    assert all(figure.value > 0 for who in (ours, bare) for figure in who.figures)
    # Counts that no busy machine can blur: one statement for all of it, sent once.
    assert ours.figure("round trips").value == pytest.approx(1, abs=0.1)
    assert bare.figure("round trips").value == pytest.approx(5, abs=0.1)


@pytest.mark.timeout(300)
@pytest.mark.xdist_group("bench")
def test_claims_beside_a_plain_select_for_update() -> None:
    with own_folder("bench-test", memory=1, disk=1) as place:
        outcome = quick(claims.run, place)
    ours = outcome.contestants[0]
    assert ours.figure("winners").runs == (1,)
    assert ours.figure("win: round trips").value == pytest.approx(2, abs=0.1)
    assert ours.figure("late: round trips").value == pytest.approx(2, abs=0.1)
    assert next(goal for goal in outcome.goals if goal.words.startswith("winners")).met


def test_a_request_is_what_a_server_expects() -> None:
    lines = raw(Ask("/v1/wishes", '{"words": "灯"}', "t", "k")).split(b"\r\n")
    assert lines[0] == b"POST /v1/wishes HTTP/1.1"
    assert b"Content-Length: 16" in lines
    assert b"Authorization: Bearer t" in lines
    assert b"Idempotency-Key: k" in lines
    assert lines[-1].decode() == '{"words": "灯"}'


def test_percentiles_are_of_the_answers_asked_for() -> None:
    load = Load(1.0, 0.1, [201, *[409] * 99], [900.0, *map(float, range(1, 100))])
    assert load.percentile(0.99) == 900.0
    assert load.percentile(0.99, 409) == 99.0
    assert load.percentile(0.5, 409) == 50.0
    assert load.percentile(0.5, 500) == 0.0


async def test_the_wire_counts_statements_and_round_trips(make_database: MakeDatabase) -> None:
    db = await make_database("wishes", MIGRATIONS)
    place = urlsplit(db.dsn)
    with Wire(place.port or 0) as wire:
        connection = await asyncpg.connect(db.dsn, port=wire.port)
        try:
            await connection.fetchval("select $1::int", 1)
            before = wire.statements, wire.round_trips
            for _ in range(10):
                await connection.fetchval("select $1::int", 1)
            async with connection.transaction():
                await connection.fetchval("select $1::int", 1)
            assert (wire.statements - before[0], wire.round_trips - before[1]) == (13, 13)
        finally:
            await connection.close()
