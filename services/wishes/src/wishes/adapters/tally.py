"""Counts that are kept along: a command adds a row for each step of a wish, and whoever counts folds them.

A counter that every command had to change would let one command through at a time (decision 0011). The
sum of what is folded and what is not yet is right at every moment (the views `queue_now` and `tree_now`);
folding only keeps the rows few.
"""

from chassis.db import Database

from wishes.domain.states import WishState

FOLDED = 10_000
"""Rows in one transaction."""
ENDED = (WishState.FULFILLED, WishState.CLOSED, WishState.RETURNED, WishState.WITHDRAWN)
"""Nobody asks since when: one row for all of them."""
LOCK = "select pg_try_advisory_xact_lock(hashtext('wishtree.wish_step'), 0)"
# Steps where a wish has become open, or over, or neither: who waits for it is looked at again.
FOLD = """
with gone as (
    delete from wish_step where ctid = any(array(select ctid from wish_step limit $1)) returning *
), change as (
    select area, old_category as category, old_state as state, old_since as since, old_queue as queue,
        old_hanging as hanging, -1 as change
    from gone where old_state is not null
    union all
    select area, category, state, since, queue, hanging, 1 from gone
), states as (
    insert into wish_tally as t (state, since, wishes)
    select state, since, sum(change) from (
        select state, case when state = any($2) then to_timestamp(0) else date_trunc('hour', since) end
            as since, change
        from change
    ) as hours group by state, since having sum(change) <> 0 order by state, since
    on conflict (state, since) do update set wishes = t.wishes + excluded.wishes
), queues as (
    insert into queue_tally as t (area, queue, wishes)
    select area, queue, sum(change) from change
    where queue is not null group by area, queue having sum(change) <> 0 order by area, queue
    on conflict (area, queue) do update set wishes = t.wishes + excluded.wishes
), trees as (
    insert into tree_count as t (area, category, open, claimed, fulfilled)
    select area, category, coalesce(sum(change) filter (where shown = 'open'), 0),
        coalesce(sum(change) filter (where shown = 'claimed'), 0),
        coalesce(sum(change) filter (where shown = 'fulfilled'), 0)
    from (select area, category, tree_column(hanging, state) as shown, change from change) as leaves
    where shown is not null group by area, category order by area, category
    on conflict (area, category) do update set open = t.open + excluded.open,
        claimed = t.claimed + excluded.claimed, fulfilled = t.fulfilled + excluded.fulfilled
), due as (
    insert into standing_due (area, person)
    select distinct b.area, coalesce(b.person_index, uuid_send(b.id))
    from gone join beneficiary b on b.id = gone.beneficiary_id
    where standing_class(old_state) is distinct from standing_class(state)
)
select count(*) from gone
"""
FORGET = (
    "delete from wish_tally where wishes = 0",
    "delete from queue_tally where wishes = 0",
)


async def fold(db: Database) -> None:
    """All that is there now; nothing while another process is at it. Raises Transient."""
    while await _fold_some(db) == FOLDED:
        pass


async def _fold_some(db: Database) -> int:
    async with db.transaction() as tx:
        if not await tx.fetchval(LOCK):
            return 0
        folded: int = await tx.fetchval(FOLD, FOLDED, list(ENDED))
        if folded:
            for empty in FORGET:
                await tx.execute(empty)
    return folded
