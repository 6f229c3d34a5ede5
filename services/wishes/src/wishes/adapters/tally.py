"""Counts that are kept along: a command adds a row for each step of a wish, and whoever counts folds them.

A counter that every command had to change would let one command through at a time (decision 0011). The
sum of what is folded and what is not yet is right at every moment (the views `queue_now` and `tree_now`);
folding only keeps the rows few. How is in the database, as a function (migration 0023).
"""

from chassis.db import Database

FOLDED = 10_000
"""Rows in one transaction."""
FOLD = "select fold_steps($1)"


async def fold(db: Database) -> None:
    """All that is there now, by whoever: one at a time folds, the others wait. Raises Transient."""
    while await _fold_some(db) == FOLDED:
        pass


async def _fold_some(db: Database) -> int:
    async with db.transaction() as tx:
        return int(await tx.fetchval(FOLD, FOLDED))
