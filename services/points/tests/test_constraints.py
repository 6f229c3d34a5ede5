"""What the database itself refuses, to the very role that the service runs as."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
from chassis.clock import now
from points import queries
from points.domain.posting import CONTRA

from .conftest import Books, fulfilled, received

ENTRIES = """
insert into entry (posting_id, book, holder_id, amount)
select $1, * from unnest($2::text[], $3::uuid[], $4::bigint[])
"""


FORBIDDEN = (
    "update entry set amount = amount + 1",
    "delete from entry",
    "truncate entry",
    "update posting set at = now()",
    "delete from posting",
    "truncate posting cascade",
    "update account set balance = 99",
    "delete from account",
    "insert into account values (gen_random_uuid(), 'points', 9)",
    "delete from holder",
    "update rule set goods = 99",
    "delete from rule",
    "insert into rule values (9, now(), 9, 9, 9, 9, 9, 9, 9)",
    "alter table entry disable trigger all",
    "drop trigger entry_append_only on entry",
)


async def write(books: Books, lines: Sequence[tuple[str, UUID, int]]) -> None:
    posting = uuid4()
    async with books.db.transaction() as tx:
        for _, holder, _ in lines:
            await tx.execute(
                "insert into holder (id, kind) values ($1, 'volunteer') on conflict do nothing",
                holder,
            )
        await tx.execute(
            "insert into posting (id, source_event_id, wish_id, rule_version, at) "
            "values ($1, $2, $3, 1, $4)",
            posting,
            uuid4(),
            uuid4(),
            now(),
        )
        await tx.execute(ENTRIES, posting, *map(list, zip(*lines, strict=True)))


async def test_a_balanced_posting_is_taken_and_moves_the_balances(books: Books) -> None:
    a = uuid4()
    await write(books, [("points", a, 5), ("points", CONTRA, -5)])
    assert await books.balances(a) == (5, 0, 0)


@pytest.mark.parametrize(
    "amounts",
    [
        [("points", 5, -4)],
        [("points", 5, -5), ("hours", 1, -2)],
        [("points", 5, None), ("hours", None, -5)],
    ],
    ids=["one book", "one of two books", "across books"],
)
async def test_what_does_not_balance_in_every_book_is_refused(books: Books, amounts: Any) -> None:
    a = uuid4()
    lines = [(book, a, plus) for book, plus, _ in amounts if plus]
    lines += [(book, CONTRA, minus) for book, _, minus in amounts if minus]
    with pytest.raises(asyncpg.CheckViolationError) as refused:
        await write(books, lines)
    assert refused.value.constraint_name == "every_posting_balances"
    assert await books.balances(a) == (0, 0, 0)
    assert await books.db.fetchval("select count(*) from posting") == 0


async def test_nobody_is_ever_below_zero(books: Books) -> None:
    a = uuid4()
    await books.handle(received(fulfilled(a)))
    with pytest.raises(asyncpg.CheckViolationError) as refused:
        await write(books, [("points", a, -4), ("points", CONTRA, 4)])
    assert refused.value.constraint_name == "no_holder_below_zero"
    assert await books.balances(a) == (3, 0, 0)


async def test_what_is_written_stays(books: Books) -> None:
    a = uuid4()
    await books.handle(received(fulfilled(a)))
    for statement in FORBIDDEN:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await books.db.fetch(statement)
    assert await books.balances(a) == (3, 0, 0)


async def test_not_even_the_owner_of_the_schema_edits(books: Books) -> None:
    await books.handle(received(fulfilled(uuid4())))
    owner = await asyncpg.connect(books.db.owner_dsn, timeout=10)
    try:
        for statement in ("update entry set amount = 1", "delete from posting"):
            with pytest.raises(asyncpg.InsufficientPrivilegeError, match="append-only"):
                await owner.execute(statement)
    finally:
        await owner.close(timeout=5)


async def test_one_posting_per_source_event_and_one_reversal_per_posting(books: Books) -> None:
    event = received(fulfilled(uuid4()))
    await books.handle(event)
    sql = """
    insert into posting (id, source_event_id, wish_id, reverses, rule_version, at)
    values (gen_random_uuid(), $1, gen_random_uuid(), $2, 1, now())
    """
    with pytest.raises(asyncpg.UniqueViolationError):
        await books.db.fetch(sql, event.id, None)
    credit = await books.db.fetchval("select id from posting")
    await books.db.fetch(sql, uuid4(), credit)
    with pytest.raises(asyncpg.UniqueViolationError):
        await books.db.fetch(sql, uuid4(), credit)


async def test_the_trial_balance_finds_a_balance_that_its_entries_do_not_bear_out(
    books: Books,
) -> None:
    a = uuid4()
    await books.handle(received(fulfilled(a)))
    admin = await asyncpg.connect(books.db.admin_dsn, timeout=10)
    try:
        await admin.execute("update points.account set balance = 8 where holder_id = $1", a)
    finally:
        await admin.close(timeout=5)
    found = await queries.trial_balance(books.db, "points")
    assert [(line.holder_id, line.entries, line.balance) for line in found.differences] == [
        (a, 3, 8)
    ]
