"""The proof that nothing of a test is left for the next: PostgreSQL's own dumps, compared."""

import asyncio
from collections import Counter
from pathlib import Path

import asyncpg

from chassis.testing.databases import Databases, ScratchDatabase
from chassis.testing.pristine import EMPTY, RELATIONS, SESSION
from chassis.testing.waiting import PATIENCE


async def left_over(
    postgres: Databases, database: ScratchDatabase, migrations: Path
) -> Counter[str]:
    """Lines in which the dumps of `database`, brought back, and of a fresh one differ: none.

    It is brought back twice: from what a busy test did, and from the worst that its rows can suffer. How
    worn it is does not matter here: that is what the tests before it did.
    """
    async with postgres.lend(database.service, migrations, fresh=True) as other:
        fresh = await dump(other)
    left: Counter[str] = Counter()
    for spoil in (_not_at_all, _thoroughly):
        await spoil(database)
        if await dump(database) == fresh:
            raise AssertionError("there is nothing to bring back: the test was not busy")
        await postgres.bring_back(database.name)
        then = await dump(database)
        left += (then - fresh) + (fresh - then)
    return left


async def dump(database: ScratchDatabase) -> Counter[str]:
    """Schema, rights, settings, sequences and rows; places on the disk make no difference."""
    from stack.postgres import binary

    process = await asyncio.create_subprocess_exec(
        str(binary("pg_dump")),
        *("--create", f"--dbname={database.admin_dsn}"),
        stdout=asyncio.subprocess.PIPE,
    )
    text, _ = await asyncio.wait_for(process.communicate(), PATIENCE)
    if process.returncode != 0:
        raise RuntimeError(f"pg_dump: {process.returncode}")
    lines = text.decode().replace(database.name, "database").splitlines()
    # Each dump is restricted by a word of its own.
    return Counter(line for line in lines if not line.startswith(("\\restrict", "\\unrestrict")))


async def _not_at_all(_: ScratchDatabase) -> None:
    """What the test did is enough."""


async def _thoroughly(database: ScratchDatabase) -> None:
    """No row is left in any table, and every sequence stands elsewhere."""
    connection = await asyncpg.connect(
        database.admin_dsn, timeout=PATIENCE, server_settings=SESSION
    )
    try:
        for row in await connection.fetch(RELATIONS):
            if row["is_sequence"]:
                await connection.fetchval("select setval($1::text::regclass, 4711)", row["quoted"])
            else:
                await connection.execute(EMPTY.format(table=row["quoted"]))
    finally:
        await connection.close(timeout=5)
