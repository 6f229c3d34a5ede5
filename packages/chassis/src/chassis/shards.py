"""Which process owns which shard of the outbox, as the database sees it.

A shard belongs to whoever holds its advisory lock. There is no command that takes it away: its owner
is stopped in order, or its connection is ended, and another process has it within two seconds.
"""

from dataclasses import dataclass

from chassis.db import SHARDS, Database

HELD = """
select l.objid::int as shard, a.pid, a.application_name as owner, host(a.client_addr) as address,
    extract(epoch from now() - a.backend_start)::bigint as connected
from pg_locks l join pg_stat_activity a on a.pid = l.pid
where l.locktype = 'advisory' and l.granted and l.objsubid = 2
    and l.database = (select oid from pg_database where datname = current_database())
    and l.classid::bigint
        = hashtext('wishtree.outbox.' || current_schema())::bigint & x'ffffffff'::bigint
"""
WAITING = """
select shard, count(*) as events, extract(epoch from now() - min(created_at))::bigint as age
from (select shard, created_at from outbox limit 100000) as waiting group by shard
"""


@dataclass(frozen=True)
class Shard:
    """`owner` names the process as service, host and process id; None: nobody relays this shard."""

    number: int
    owner: str | None
    backend: int | None
    """PostgreSQL's process for the owner's connection."""
    connected: int
    """Seconds since that connection was made."""
    waiting: int
    age: int
    """Seconds that the oldest waiting event has waited."""

    def __str__(self) -> str:
        owner = self.owner or "NOBODY"
        backend = self.backend or "-"
        return f"{self.number:>2}  {owner:<44} {backend:>8} {self.connected:>7}s {self.waiting:>8} {self.age:>6}s"


HEADING = f"{'':>2}  {'owner':<44} {'backend':>8} {'since':>8} {'waiting':>8} {'oldest':>7}"


async def shards(db: Database) -> list[Shard]:
    """All shards of this service, in order. Raises Transient."""
    held = {row["shard"]: row for row in await db.fetch(HELD)}
    waits = {row["shard"]: row for row in await db.fetch(WAITING)}
    found: list[Shard] = []
    for number in range(SHARDS):
        row, waiting = held.get(number), waits.get(number)
        found.append(
            Shard(
                number,
                row["owner"] if row else None,
                row["pid"] if row else None,
                row["connected"] if row else 0,
                waiting["events"] if waiting else 0,
                waiting["age"] if waiting else 0,
            )
        )
    return found
