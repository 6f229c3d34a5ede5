"""Invitations in PostgreSQL. See app/invitation_store.py."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from chassis.db import Database, Transaction
from contracts.fields import Giver

UNKNOWN = """
select exists (
    select from unnest($1::uuid[], $2::text[]) as asked (id, kind) where not exists (
        select from giver g where g.id = asked.id and g.kind = asked.kind and g.active
    )
)
"""
ADD = """
insert into invitation (id, wish_id, invitee_kind, invitee_id, until)
select id, $1, kind, invitee, $2 from unnest($3::uuid[], $4::text[], $5::uuid[]) as row (id, kind, invitee)
on conflict on constraint one_invitation_each do update set id = excluded.id, until = excluded.until
"""
DROP = "delete from invitation where id = $1 and invitee_id = any($2)"
EXPIRE = "delete from invitation where id = $1 and until <= $2"
DUE_INVITATIONS = """
select id, until as due_at from invitation where until <= $1 order by until limit $2
"""


class PostgresInvitations:
    def __init__(self, db: Database) -> None:
        self._db = db

    async def unknown(self, tx: Transaction, givers: Collection[Giver]) -> bool:
        ids, kinds = [giver.id for giver in givers], [giver.kind for giver in givers]
        return bool(await tx.fetchval(UNKNOWN, ids, kinds))

    async def add(
        self,
        tx: Transaction,
        wish_id: UUID,
        asked: Sequence[tuple[UUID, Giver]],
        until: datetime,
    ) -> None:
        await tx.execute(
            ADD,
            wish_id,
            until,
            [invitation_id for invitation_id, _ in asked],
            [giver.kind for _, giver in asked],
            [giver.id for _, giver in asked],
        )

    async def drop(self, invitation_id: UUID, invitees: Collection[UUID]) -> None:
        await self._db.fetchval(DROP, invitation_id, list(invitees))

    async def expire(self, invitation_id: UUID, now: datetime) -> None:
        await self._db.fetchval(EXPIRE, invitation_id, now)
