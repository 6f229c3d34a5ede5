"""Change proposals in PostgreSQL. See app/change_store.py."""

from datetime import datetime
from uuid import UUID

from chassis.db import Transaction

from wishes.domain.changing import Change
from wishes.domain.errors import NothingAsked

ADD = """
insert into change_proposal (claim_id, category, effort, rule_id, asks, two_people, words, title, note,
    answers, asked_anew, proposed_by, proposed_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
"""
GET = """
select category, effort, rule_id, asks, two_people, asked_anew, proposed_by from change_proposal
where claim_id = $1
"""
CARD = "select title, note from change_proposal where claim_id = $1"
APPLY = """
update wish set words = p.words, title = $3, note = $4,
    answers = case when p.asked_anew then p.answers else wish.answers end
from change_proposal p
where wish.id = $1 and p.claim_id = $2
"""


class PostgresChanges:
    async def add(
        self,
        tx: Transaction,
        claim_id: UUID,
        change: Change,
        words: bytes,
        title: bytes,
        note: bytes | None,
        answers: bytes | None,
        now: datetime,
    ) -> None:
        await tx.execute(
            ADD,
            claim_id,
            change.category,
            change.effort,
            change.rule_id,
            list(change.asks),
            change.two_people,
            words,
            title,
            note,
            answers,
            change.asked_anew,
            change.proposed_by,
            now,
        )

    async def get(self, tx: Transaction, claim_id: UUID) -> Change:
        row = await tx.fetchrow(GET, claim_id)
        if row is None:
            raise NothingAsked
        return Change(
            category=row["category"],
            effort=row["effort"],
            rule_id=row["rule_id"],
            asks=tuple(row["asks"]),
            two_people=row["two_people"],
            asked_anew=row["asked_anew"],
            proposed_by=row["proposed_by"],
        )

    async def card(self, tx: Transaction, claim_id: UUID) -> tuple[bytes, bytes | None]:
        row = await tx.fetchrow(CARD, claim_id)
        if row is None:
            raise NothingAsked
        return row["title"], row["note"]

    async def apply(
        self, tx: Transaction, wish_id: UUID, claim_id: UUID, title: str, note: str | None
    ) -> None:
        await tx.execute(APPLY, wish_id, claim_id, title, note)
