"""Counts that are kept along: a command adds rows of +1 and -1, and whoever counts folds them.

A counter that every command had to change would let one command through at a time (decision 0011). The
sum of tally and rows is right at every moment; folding only keeps the rows few.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from chassis.db import Database

FOLDED = 10_000
"""Rows in one transaction."""
LOCK = "select pg_try_advisory_xact_lock(hashtext('wishtree.' || $1), 0)"


@dataclass(frozen=True)
class Tally:
    """`name`: its table, which one process at a time folds into; `fold`: SQL that takes up to $1 rows
    away, adds them up there and answers how many they were; `forget`: SQL that drops empty lines."""

    name: str
    fold: str
    forget: str
    args: Sequence[Any] = ()


QUEUE = Tally(
    "queue_tally",
    """
with gone as (
    delete from queue_move where ctid = any(array(select ctid from queue_move limit $1))
    returning area, queue, change
), sums as (
    select area, queue, sum(change)::bigint as change from gone group by area, queue
), folded as (
    insert into queue_tally as t (area, queue, wishes)
    select area, queue, change from sums where change <> 0 order by area, queue
    on conflict (area, queue) do update set wishes = t.wishes + excluded.wishes
)
select count(*) from gone
""",
    "delete from queue_tally where wishes = 0",
)


async def fold(db: Database, tally: Tally) -> None:
    """All that is there now; nothing while another process is at it. Raises Transient."""
    while await _fold_some(db, tally) == FOLDED:
        pass


async def _fold_some(db: Database, tally: Tally) -> int:
    async with db.transaction() as tx:
        if not await tx.fetchval(LOCK, tally.name):
            return 0
        folded: int = await tx.fetchval(tally.fold, FOLDED, *tally.args)
        if folded:
            await tx.execute(tally.forget)
    return folded
