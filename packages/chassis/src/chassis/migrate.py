"""Schema changes: plain SQL files, the chassis' own first, then the service's.

Run as the schema's owner. Safe to run twice and by two processes at once: a lock lets one in.
"""

from pathlib import Path

import asyncpg
from pogo_core.util import migrate as pogo

from chassis.db import CONNECT_TIMEOUT

OWN = Path(__file__).parent / "migrations"
LOCK = 7_305_113
GRANTS = """
grant usage on schema {schema} to {schema};
alter default privileges in schema {schema} grant select, insert, update, delete on tables to {schema};
alter default privileges in schema {schema} grant usage on sequences to {schema};
"""


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
    finally:
        await connection.close(timeout=CONNECT_TIMEOUT)
