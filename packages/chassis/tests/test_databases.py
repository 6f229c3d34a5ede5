"""A database goes from test to test: as the migrations left it, or not at all."""

import asyncio
from pathlib import Path

import asyncpg
import pytest
from chassis.db import Database
from chassis.testing import Databases, MakeDatabase, databases, left_over

MIGRATIONS = Path(__file__).parent / "migrations"
ONE = "insert into lantern (id, words) values (gen_random_uuid(), '天黑了')"
MANY = "insert into lantern (id, words) select gen_random_uuid(), repeat('天黑了', 50) from generate_series(1, 20000)"


async def lent_after(postgres: Databases, sql: str) -> tuple[str, str]:
    """Which database a test had that did this, and which the next one gets."""
    async with postgres.lend("wishes", MIGRATIONS) as db:
        admin = await asyncpg.connect(db.admin_dsn, timeout=10)
        try:
            await admin.execute("set search_path to wishes")
            await admin.execute(sql.format(database=db.name))
        finally:
            await admin.close()
    async with postgres.lend("wishes", MIGRATIONS) as after:
        assert await after.fetchval("select count(*) from lantern") == 0
        return db.name, after.name


@pytest.mark.parametrize("sql", [ONE, "select 1", "update reveal_head set seq = 7"])
async def test_rows_are_taken_out_and_the_database_stays(postgres: Databases, sql: str) -> None:
    first, then = await lent_after(postgres, sql)
    assert first == then


@pytest.mark.parametrize(
    "sql",
    [
        "create table mine (x int)",
        "drop trigger reveal_audit_append_only on reveal_audit",
        "alter table reveal_audit disable trigger all",
        "grant delete on reveal_audit to wishes",
        "create schema elsewhere",
        "alter role wishes in database {database} set work_mem to '1MB'",
        "alter database {database} set work_mem to '1MB'",
        "alter database {database} connection limit 3",
        "truncate inbox",
        MANY,
    ],
)
async def test_what_changed_more_than_rows_is_dropped(postgres: Databases, sql: str) -> None:
    first, then = await lent_after(postgres, sql)
    assert first != then


async def test_who_asks_for_a_fresh_one_shares_it_with_nobody(postgres: Databases) -> None:
    names: list[str] = []
    for fresh in (True, False, True, False):
        async with postgres.lend("wishes", MIGRATIONS, fresh=fresh) as db:
            names.append(db.name)
    assert len(set(names)) == 3
    assert names[1] == names[3]


async def test_nothing_is_left(make_database: MakeDatabase, postgres: Databases) -> None:
    db = await make_database("wishes", MIGRATIONS)
    await db.fetch(ONE)
    assert not await left_over(postgres, db, MIGRATIONS)


async def test_two_at_once_are_two(postgres: Databases) -> None:
    async with (
        postgres.lend("wishes", MIGRATIONS) as one,
        postgres.lend("wishes", MIGRATIONS) as other,
    ):
        await one.fetch(ONE)
        assert await other.fetchval("select count(*) from lantern") == 0


async def test_two_may_be_made_and_given_back_at_once(postgres: Databases) -> None:
    async def use() -> str:
        async with postgres.lend("wishes", MIGRATIONS, fresh=True) as db:
            await db.fetch(ONE)
            return db.name

    assert len(set(await asyncio.gather(use(), use()))) == 2


@pytest.mark.parametrize("fresh", [True, False])
async def test_who_leaves_a_connection_fails_and_nobody_gets_its_database(
    postgres: Databases, fresh: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(databases, "ENDING", 0.1)
    left: list[Database] = []

    async def forget() -> None:
        async with postgres.lend("wishes", MIGRATIONS, fresh=fresh) as db:
            left.append(Database(db.dsn, service="forgotten"))
            await left[0].open()

    with pytest.raises(AssertionError, match=r"left connections open: .*forgotten"):
        await forget()
    with pytest.raises(Exception, match="does not exist"):
        await asyncpg.connect(left[0].dsn)
    await left[0].close()


async def test_what_a_test_forgot_to_stop_reaches_no_database_of_another(
    postgres: Databases,
) -> None:
    async with postgres.lend("wishes", MIGRATIONS) as db:
        await db.fetch(ONE)
    with pytest.raises(RuntimeError, match="has ended"):
        await db.fetch(ONE)
    # Nor by a connection of its own, as whoever.
    for dsn in (db.dsn, db.owner_dsn, db.admin_dsn):
        with pytest.raises(asyncpg.PostgresError, match="not currently accepting connections"):
            await asyncpg.connect(dsn, timeout=10)
    async with postgres.lend("wishes", MIGRATIONS) as after:
        assert after.name == db.name
        assert await after.fetchval("select count(*) from lantern") == 0


async def test_it_goes_back_from_a_test_that_failed(postgres: Databases) -> None:
    names: list[str] = []

    async def fail() -> None:
        async with postgres.lend("wishes", MIGRATIONS) as db:
            names.append(db.name)
            await db.fetch(ONE)
            raise LookupError

    with pytest.raises(LookupError):
        await fail()
    async with postgres.lend("wishes", MIGRATIONS) as after:
        assert after.name == names[0]
        assert await after.fetchval("select count(*) from lantern") == 0
