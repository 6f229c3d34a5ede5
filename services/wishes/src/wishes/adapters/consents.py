"""The ledger of consents in PostgreSQL: only ever added to, and the last line of a purpose counts."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from chassis.db import Database, Row, Transaction

from wishes.app.consent_store import Entry
from wishes.domain.consent import Said
from wishes.domain.errors import ConsentNeeded
from wishes.domain.wish import Wish
from wishes.domain.wordings import Purpose

SHOWN = 200
"""Lines of one wish that are listed."""

ADD = """
insert into consent (person_id, wish_id, purpose, given, by_kind, how, wording, witness, recorded_by, at)
select $1, $2, purpose, given, by_kind, how, wording, witness, recorded_by, at
from unnest($3::text[], $4::boolean[], $5::text[], $6::text[], $7::smallint[], $8::bytea[], $9::uuid[],
    $10::timestamptz[]) with ordinality
    as line (purpose, given, by_kind, how, wording, witness, recorded_by, at, n) order by n
"""
LAST = """
select purpose, given, by_kind, how, wording from consent
where wish_id = $1 and purpose = $2 order by seq desc limit 1
"""
WAS_GIVEN = "select exists (select from consent where wish_id = $1 and purpose = $2 and given)"
LINES = """
select purpose, given, by_kind, how, wording, witness, recorded_by, at from consent
where wish_id = $1 order by seq desc limit $2
"""
# Nobody is written to any more who has taken back the consent for every wish of theirs.
STOP_OR_GO_ON = """
update beneficiary b set stopped = not exists (
    select from wish w where w.beneficiary_id = b.id and coalesce((
        select c.given from consent c where c.wish_id = w.id and c.purpose = 'service'
        order by c.seq desc limit 1
    ), true)
) where id = $1
"""
# By the index one_open_callback.
IS_DRAWN = "select exists (select from callback where wish_id = $1 and outcome is null)"
NOTE_TAKEN_DOWN = "insert into takedown (wish_id, by_id, reason, at) values ($1, $2, $3, $4)"
IS_BARRED = "select exists (select from takedown where wish_id = $1 and lifted_at is null)"
LIFT_BAR = "update takedown set lifted_at = $2 where wish_id = $1 and lifted_at is null"


class PostgresConsents:
    """See app/consent_store.py."""

    def add(self, tx: Transaction, wish: Wish, entries: Sequence[Entry]) -> None:
        tx.write(
            ADD,
            wish.beneficiary_id,
            wish.id,
            [entry.said.purpose for entry in entries],
            [entry.said.given for entry in entries],
            [entry.said.by for entry in entries],
            [entry.said.how for entry in entries],
            [entry.said.wording for entry in entries],
            [entry.witness for entry in entries],
            # No line is ever changed: an account of the person's own would outlive their erasure.
            [None if entry.said.how == "online" else entry.recorded_by for entry in entries],
            [entry.at for entry in entries],
        )

    async def last(
        self, db: Database | Transaction, wish_id: UUID, purpose: Purpose
    ) -> Said | None:
        row = await db.fetchrow(LAST, wish_id, purpose)
        return None if row is None else _said(row)

    async def require_not_refused(
        self, db: Database | Transaction, wish_id: UUID, purpose: Purpose
    ) -> None:
        last = await self.last(db, wish_id, purpose)
        if last is not None and not last.given:
            raise ConsentNeeded(purpose)

    async def require_served(self, db: Database | Transaction, wish_id: UUID) -> None:
        await self.require_not_refused(db, wish_id, "service")

    async def was_given(self, tx: Transaction, wish_id: UUID, purpose: Purpose) -> bool:
        return bool(await tx.fetchval(WAS_GIVEN, wish_id, purpose))

    async def list(self, db: Database | Transaction, wish_id: UUID) -> Sequence[Entry]:
        return [
            Entry(_said(row), row["recorded_by"], row["at"], row["witness"])
            for row in await db.fetch(LINES, wish_id, SHOWN)
        ]

    async def is_drawn(self, tx: Transaction, wish_id: UUID) -> bool:
        return bool(await tx.fetchval(IS_DRAWN, wish_id))

    async def stop_or_go_on(self, tx: Transaction, person_id: UUID) -> None:
        await tx.execute(STOP_OR_GO_ON, person_id)

    async def note_taken_down(
        self, tx: Transaction, wish_id: UUID, by: UUID, reason: str, now: datetime
    ) -> None:
        await tx.execute(NOTE_TAKEN_DOWN, wish_id, by, reason, now)

    async def is_barred(self, tx: Transaction, wish_id: UUID) -> bool:
        return bool(await tx.fetchval(IS_BARRED, wish_id))

    async def lift_bar(self, tx: Transaction, wish_id: UUID, now: datetime) -> None:
        await tx.execute(LIFT_BAR, wish_id, now)


def _said(row: Row) -> Said:
    return Said(row["purpose"], row["given"], row["by_kind"], row["how"], row["wording"])
