"""Wishes of the same people, found by keyed hashes and by the household, each by an index."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from chassis.db import Database, Transaction

from wishes.app.likeness_store import Candidate
from wishes.domain.errors import AlreadyDecided

MOST = 50
# Each way is limited for itself: a telephone of the desk, noted for hundreds, must not make this slow.
CANDIDATES = """
with me as (
    select b.id, b.household_id, b.phone_index, b.address_index
    from wish w join beneficiary b on b.id = w.beneficiary_id where w.id = $1
), people as (
    select id, array_agg(why order by why) as why from (
        select id, 'same_entry' as why from me
        union all (select b.id, 'same_household' from me join beneficiary b using (household_id)
            where b.id <> me.id limit $3)
        union all (select b.id, 'same_phone' from me join beneficiary b using (phone_index)
            where b.id <> me.id limit $3)
        union all (select b.id, 'same_address' from me join beneficiary b using (address_index)
            where b.id <> me.id limit $3)
    ) as found group by id
)
select w.id as wish_id, w.card_no, w.category, w.state, w.submitted_at, w.fulfilled_at,
    w.follows_wish_id is not null as follow_up, w.beneficiary_id, w.words, p.why,
    w.follows_wish_id is not distinct from $1 or exists (
        select from wish me where me.id = $1 and me.follows_wish_id = w.id
    ) or exists (
        select from likeness l where l.one = least(w.id, $1) and l.other = greatest(w.id, $1)
    ) as decided
from people p cross join lateral (
    select id, area, card_no, category, state, submitted_at, fulfilled_at, follows_wish_id,
        beneficiary_id, words
    from wish where beneficiary_id = p.id order by id desc limit $3
) as w
where w.id <> $1 and w.area ^@ any($2::text[])
order by w.id desc limit $3
"""
DECIDE = """
insert into likeness (one, other, set_aside, by_id, at)
values (least($1, $2::uuid), greatest($1, $2::uuid), $3, $4, $5) on conflict do nothing returning true
"""


class PostgresLikenessStore:
    """See app/likeness_store.py."""

    async def candidates(
        self, db: Database, wish_id: UUID, areas: Sequence[str]
    ) -> list[Candidate]:
        rows = await db.fetch(CANDIDATES, wish_id, list(areas), MOST)
        return [Candidate(**dict(row)) for row in rows]

    async def decide(
        self,
        tx: Transaction,
        wish_id: UUID,
        other_id: UUID,
        by: UUID,
        now: datetime,
        *,
        duplicate: bool,
    ) -> None:
        aside = wish_id if duplicate else None
        if not await tx.fetchval(DECIDE, wish_id, other_id, aside, by, now):
            raise AlreadyDecided
