"""Schema changes: plain SQL files, the chassis' own first, then the service's.

Run as the schema's owner. Safe to run twice and by two processes at once: a lock lets one in.
"""

from pathlib import Path

import asyncpg
from pogo_core.util import migrate as pogo

from chassis.db import CONNECT_TIMEOUT, Database

OWN = Path(__file__).parent / "migrations"
LOCK = 7_305_113
GRANTS = """
grant usage on schema {schema} to {schema};
alter default privileges in schema {schema} grant select, insert, update, delete on tables to {schema};
alter default privileges in schema {schema} grant usage on sequences to {schema};
"""
NOTE = (
    "create table if not exists schema_file (name text primary key, at timestamptz default now())"
)
NOTED = "insert into schema_file (name) select unnest($1::text[]) on conflict do nothing"
MISSING = "select count(*) from unnest($1::text[]) n where not exists (select from schema_file f where f.name = n)"


async def apply(dsn: str, schema: str, folder: Path) -> None:
    """Bring `schema` up to date. The runtime role has the schema's name."""
    connection = await asyncpg.connect(dsn, timeout=CONNECT_TIMEOUT, command_timeout=120)
    try:
        await connection.execute("select pg_advisory_lock($1)", LOCK)
        await connection.execute(f"set search_path to {schema}")
        # Before the files, so that a file can take a right back (an append-only table); never on all
        # tables: the second run would give it again.
        await connection.execute(GRANTS.format(schema=schema))
        await pogo.apply(connection, OWN, schema_name=schema)
        await pogo.apply(connection, folder, schema_name=schema)
        await connection.execute("select ensure_event_log_partitions()")
        await connection.execute(NOTE)
        await connection.execute(NOTED, _names(folder))
    finally:
        await connection.close(timeout=CONNECT_TIMEOUT)


async def is_current(db: Database, folder: Path) -> bool:
    """Whether all files of this program were applied: the runtime role may not see the tool's own table."""
    try:
        return await db.fetchval(MISSING, _names(folder)) == 0
    except asyncpg.UndefinedTableError:
        return False


def _names(folder: Path) -> list[str]:
    return [path.stem for place in (OWN, folder) for path in sorted(place.glob("*.sql"))]
