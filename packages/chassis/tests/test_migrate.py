"""Migrations: twice is once, two at a time is one, and a program knows whether its schema is there."""

import asyncio
import shutil
from pathlib import Path

from chassis import migrate
from chassis.testing import MakeDatabase

MIGRATIONS = Path(__file__).parent / "migrations"
FURTHER = """
-- one more
-- depends: 0001-lanterns

-- migrate: apply

alter table lantern add column colour text;

-- migrate: rollback

alter table lantern drop column colour;
"""


async def test_a_program_waits_for_its_own_files(
    make_database: MakeDatabase, tmp_path: Path
) -> None:
    db = await make_database("wishes", MIGRATIONS)
    assert await migrate.is_current(db, MIGRATIONS)
    shutil.copytree(MIGRATIONS, folder := tmp_path / "migrations")
    (folder / "0002-colour.sql").write_text(FURTHER)
    assert not await migrate.is_current(db, folder)
    await asyncio.gather(*(migrate.apply(db.owner_dsn, "wishes", folder) for _ in range(3)))
    assert await migrate.is_current(db, folder)
    assert await migrate.is_current(db, MIGRATIONS)
    assert await db.fetchval("select count(colour) from lantern") == 0
