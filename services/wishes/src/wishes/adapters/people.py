"""People beside a claim in PostgreSQL. See app/people_store.py."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from chassis.db import Transaction
from contracts.fields import Giver

ACCOUNT = "select account_id from beneficiary where id = $1"
MISSING = """
select ask from unnest($2::text[]) as ask where not exists (
    select from qualification q where q.volunteer_id = $1 and q.ask = ask
    and (q.valid_until is null or q.valid_until > $3)
)
"""


class PostgresPeople:
    async def account_of(self, tx: Transaction, beneficiary_id: UUID) -> UUID | None:
        return await tx.fetchval(ACCOUNT, beneficiary_id)

    async def missing(
        self, tx: Transaction, giver: Giver, asks: Sequence[str], now: datetime
    ) -> tuple[str, ...]:
        if giver.kind != "volunteer" or not asks:
            return ()
        rows = await tx.fetch(MISSING, giver.id, list(asks), now)
        return tuple(row["ask"] for row in rows)
