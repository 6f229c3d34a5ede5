"""People beside a claim in PostgreSQL. See app/people_store.py."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from chassis.db import Transaction

ACCOUNT = "select account_id from beneficiary where id = $1"
AT_HOME = """
select b.account_id is not null and b.account_id = any($2) as own, exists (
    select from household_member h where h.household_id = b.household_id and h.volunteer_id = any($2)
) as household
from beneficiary b where b.id = $1
"""
MISSING = """
select asked from unnest($2::text[]) as asked where exists (
    select from unnest($1::uuid[]) as person where not exists (
        select from qualification q where q.volunteer_id = person and q.ask = asked
        and (q.valid_until is null or q.valid_until > $3)
    )
)
"""


class PostgresPeople:
    async def account_of(self, tx: Transaction, beneficiary_id: UUID) -> UUID | None:
        return await tx.fetchval(ACCOUNT, beneficiary_id)

    async def at_home(
        self, tx: Transaction, beneficiary_id: UUID, among: Collection[UUID]
    ) -> tuple[bool, bool]:
        row = await tx.fetchrow(AT_HOME, beneficiary_id, list(among))
        return (row["own"], row["household"]) if row else (False, False)

    async def missing(
        self, tx: Transaction, volunteers: Collection[UUID], asks: Sequence[str], now: datetime
    ) -> tuple[str, ...]:
        # Nearly every wish asks for nothing.
        if not asks or not volunteers:
            return ()
        rows = await tx.fetch(MISSING, list(volunteers), list(asks), now)
        return tuple(row["asked"] for row in rows)
