"""A database as its migrations left it: looked at once, brought back after each test.

Only rows and sequences are brought back: most tests write a few rows to a few tables. Whatever else a
test changed (a table, a function, a right, a setting, very many rows) makes its database unfit.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO
from typing import Any, Self

import asyncpg

from chassis.testing.waiting import PATIENCE

WEAR = 4 * 1024 * 1024
"""A database whose tables and indexes have grown by so many bytes is unfit: dead rows would be felt."""

NAME = "pristine"
# As only the superuser may: no trigger and no foreign key refuses what is brought back.
SESSION = {"session_replication_role": "replica", "jit": "off", "application_name": NAME}

RELATIONS = """
select n.nspname as schema, c.relname as name, format('%I.%I', n.nspname, c.relname) as quoted,
    c.relkind = 'S' as is_sequence
from pg_class c join pg_namespace n on n.oid = c.relnamespace
where c.relkind in ('r', 'S') and n.nspname <> 'information_schema' and n.nspname !~ '^pg_' order by 1, 2
"""
SIZE = """
select sum(pg_relation_size(c.oid))::bigint
from pg_class c join pg_namespace n on n.oid = c.relnamespace
where c.relkind in ('r', 'i') and n.nspname <> 'information_schema' and n.nspname !~ '^pg_'
"""
# Statistics come and go by themselves.
CATALOGS = """
select relname from pg_class
where relnamespace = 'pg_catalog'::regnamespace and relkind = 'r' and not relisshared
    and relname not in ('pg_statistic', 'pg_statistic_ext_data')
"""
# A row that was made or changed since is younger than the transaction; one that was dropped is missing.
CATALOG = """
select '{name}', count(*), count(*) filter (where age(xmin) < age('{since}'::xid)) from {name}
"""
# Whether it may be connected to is the lender's, who says no before it is brought back.
SETTINGS = """
select concat_ws(' ', datacl, datconnlimit, (
    select string_agg(s::text, ' ' order by setrole) from pg_db_role_setting s
    where setdatabase = d.oid
)) from pg_database d where datname = current_database()
"""
DIGEST = "select md5(string_agg(t::text, chr(10) order by t::text)) from {table} t"
FILLED = "select '{table}' where exists (select from {table})"
CHANGED = "select '{table}' where ({digest}) is distinct from '{was}'"
EMPTY = "delete from {table}"
COUNT = "select last_value, is_called from {sequence}"
COUNTED = "select '{sequence}' from {sequence} where (last_value, is_called) <> ({last}, {called})"
SET_BACK = "select setval('{sequence}'::regclass, {last}, {called})"


@dataclass(frozen=True)
class Kept:
    """How one table or sequence was at first."""

    differs: str
    """A statement that answers its name if it is no longer so."""
    undo: str
    schema: str
    name: str
    rows: bytes = b""
    """What the table had, to be put in after `undo`."""


@dataclass(frozen=True)
class Pristine:
    """One database, through a superuser's connection that stays open from test to test."""

    connection: Any
    kept: Mapping[str, Kept]
    differences: str
    """A statement that answers the names of all that differ."""
    catalogs: str
    structure: Any
    """What `catalogs` and SETTINGS answered."""
    size: int

    @classmethod
    async def of(cls, dsn: str) -> Self:
        """As it is now, while nobody else is connected."""
        connection = await asyncpg.connect(
            dsn, timeout=PATIENCE, command_timeout=PATIENCE, server_settings=SESSION
        )
        kept = {
            row["quoted"]: await (_sequence if row["is_sequence"] else _table)(connection, row)
            for row in await connection.fetch(RELATIONS)
        }
        since = await connection.fetchval("select pg_current_xact_id()::xid::text")
        names = [row["relname"] for row in await connection.fetch(CATALOGS)]
        catalogs = " union all ".join(CATALOG.format(name=name, since=since) for name in names)
        differences = " union all ".join(one.differs for one in kept.values())
        structure = await _structure(connection, catalogs)
        size = await connection.fetchval(SIZE)
        return cls(connection, kept, differences, catalogs, structure, size)

    async def fit(self) -> bool:
        """Whether `bring_back` makes it as at first, and fast. False: only a new copy of the template is."""
        if self.connection.is_closed():  # by a test that ends every connection
            return False
        if await _structure(self.connection, self.catalogs) != self.structure:
            return False
        return bool(await self.connection.fetchval(SIZE) <= self.size + WEAR)

    async def bring_back(self) -> None:
        """All rows and sequences as at first."""
        different = [self.kept[row[0]] for row in await self.connection.fetch(self.differences)]
        for one in different:
            await self.connection.execute(one.undo)
            if one.rows:
                await self.connection.copy_to_table(
                    one.name, schema_name=one.schema, source=BytesIO(one.rows)
                )

    async def close(self) -> None:
        await self.connection.close(timeout=5)


async def _structure(connection: Any, catalogs: str) -> Any:
    return await connection.fetch(catalogs), await connection.fetchval(SETTINGS)


async def _sequence(connection: Any, row: Any) -> Kept:
    sequence = row["quoted"]
    last, called = await connection.fetchrow(COUNT.format(sequence=sequence))
    there = {"sequence": sequence, "last": last, "called": called}
    return Kept(COUNTED.format(**there), SET_BACK.format(**there), row["schema"], row["name"])


async def _table(connection: Any, row: Any) -> Kept:
    table, place = row["quoted"], (row["schema"], row["name"])
    digest, undo = DIGEST.format(table=table), EMPTY.format(table=table)
    was = await connection.fetchval(digest)
    if was is None:
        # The digest of 60 tables takes 30 ms; whether there is anything at all, 1 ms.
        return Kept(FILLED.format(table=table), undo, *place)
    rows = BytesIO()
    await connection.copy_from_table(row["name"], schema_name=row["schema"], output=rows)
    return Kept(CHANGED.format(table=table, digest=digest, was=was), undo, *place, rows.getvalue())
