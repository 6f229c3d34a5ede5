"""Messages in PostgreSQL: named SQL with explicit columns."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from chassis.db import Row, Transaction

from wishes.app.message_store import Message
from wishes.domain.conversation import Side

ADD = """
insert into message (id, wish_id, claim_id, sender, by_id, words, sent_at)
values ($1, $2, $3, $4, $5, $6, $7)
"""
# Ids are in the order of time. A conversation has few messages, and one side's are half of them.
NTH_LAST = """
select sent_at from message where claim_id = $1 and sender = $2 order by id desc offset $3 limit 1
"""
LAST = """
select id, wish_id, claim_id, sender, by_id, words, sent_at from message
where claim_id = $1 and sender = $2 order by id desc limit $3
"""
OF_WISH = """
select id, wish_id, claim_id, sender, by_id, words, sent_at from message
where wish_id = $1 and ($2::uuid is null or id < $2) order by id desc limit $3
"""


class PostgresMessageStore:
    """See app/message_store.py."""

    def add(self, tx: Transaction, message: Message) -> None:
        tx.write(
            ADD,
            message.id,
            message.wish_id,
            message.claim_id,
            message.sender,
            message.by,
            message.words,
            message.sent_at,
        )

    async def nth_last(
        self, tx: Transaction, claim_id: UUID, sender: Side, number: int
    ) -> datetime | None:
        return await tx.fetchval(NTH_LAST, claim_id, sender, number - 1)

    async def last(
        self, tx: Transaction, claim_id: UUID, sender: Side, number: int
    ) -> Sequence[Message]:
        rows = await tx.fetch(LAST, claim_id, sender, number)
        return [message_of(row) for row in reversed(rows)]

    async def of_wish(
        self, tx: Transaction, wish_id: UUID, before: UUID | None, limit: int
    ) -> Sequence[Message]:
        return [message_of(row) for row in await tx.fetch(OF_WISH, wish_id, before, limit)]


def message_of(row: Row) -> Message:
    return Message(
        id=row["id"],
        wish_id=row["wish_id"],
        claim_id=row["claim_id"],
        sender=row["sender"],
        by=row["by_id"],
        words=row["words"],
        sent_at=row["sent_at"],
    )
