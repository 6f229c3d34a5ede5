"""Overrules in PostgreSQL."""

from uuid import UUID

from chassis.db import Row, Transaction

from wishes.app.overrule_store import Overrule
from wishes.domain.errors import NoSuchOverrule

COLUMNS = """id, wish_id, field, kind, first, last, fingerprint, card_text, remark, reason, asked_by,
    asked_at, answer, answered_by, answered_at"""
STANDING = f"""
select {COLUMNS} from overrule where wish_id = $1 and fingerprint = $2 and answer is distinct from 'no'
"""
ONE = f"select {COLUMNS} from overrule where wish_id = $1 and id = $2"
ADD = f"""
insert into overrule ({COLUMNS})
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
"""
KEEP_ANSWER = "update overrule set answer = $2, answered_by = $3, answered_at = $4 where id = $1"
AGREED = """
select fingerprint from overrule
where wish_id = $1 and answer = 'yes' and answered_by is distinct from $2
"""


class PostgresOverruleStore:
    """See app/overrule_store.py."""

    async def standing(self, tx: Transaction, wish_id: UUID, fingerprint: bytes) -> Overrule | None:
        row = await tx.fetchrow(STANDING, wish_id, fingerprint)
        return _overrule(row) if row else None

    async def add(self, tx: Transaction, overrule: Overrule) -> None:
        tx.write(ADD, *vars(overrule).values())

    async def get(self, tx: Transaction, wish_id: UUID, overrule_id: UUID) -> Overrule:
        row = await tx.fetchrow(ONE, wish_id, overrule_id)
        if row is None:
            raise NoSuchOverrule
        return _overrule(row)

    async def keep_answer(self, tx: Transaction, overrule: Overrule) -> None:
        tx.write(
            KEEP_ANSWER,
            overrule.id,
            overrule.answer,
            overrule.answered_by,
            overrule.answered_at,
        )

    async def agreed(
        self, tx: Transaction, wish_id: UUID, verified_by: UUID | None
    ) -> frozenset[bytes]:
        rows = await tx.fetch(AGREED, wish_id, verified_by)
        return frozenset(bytes(row["fingerprint"]) for row in rows)


def _overrule(row: Row) -> Overrule:
    return Overrule(**dict(row))
