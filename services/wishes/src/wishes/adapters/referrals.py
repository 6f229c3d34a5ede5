"""Referrals in PostgreSQL: named SQL with explicit columns."""

from uuid import UUID

from chassis.db import Row, Transaction

from wishes.app.referral_store import SealedReceipt
from wishes.domain.errors import NoSuchReferral
from wishes.domain.referral import Referral

ADD = """
insert into referral (id, wish_id, area, recipient, reason, receipt, due_by, referred_by, referred_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
"""
WISH = "select wish_id from referral where id = $1"
ONE = """
select id, wish_id, area, recipient, reason, due_by, referred_by, referred_at, answered_at
from referral where id = $1
"""
RECEIPT = """
select r.id, r.receipt, w.card_no, w.area, w.category, r.recipient, r.reason, r.referred_at, r.due_by,
    r.outcome, r.answered_at
from referral r join wish w on w.id = r.wish_id
"""
RECEIPT_BY_ID = RECEIPT + "where r.id = $1"
RECEIPT_BY_WISH = RECEIPT + "where r.wish_id = $1 order by r.referred_at desc limit 1"
ANSWER = """
update referral set outcome = $2, note = $3, answered_by = $4, answered_at = $5 where id = $1
"""


class PostgresReferralStore:
    """See app/referral_store.py."""

    async def add(self, tx: Transaction, referral: Referral, receipt: bytes | None) -> None:
        await tx.execute(
            ADD,
            referral.id,
            referral.wish_id,
            referral.area,
            referral.recipient,
            referral.reason,
            receipt,
            referral.due_by,
            referral.referred_by,
            referral.referred_at,
        )

    async def wish_of(self, tx: Transaction, referral_id: UUID) -> UUID:
        wish_id = await tx.fetchval(WISH, referral_id)
        if wish_id is None:
            raise NoSuchReferral
        return wish_id

    async def find(self, tx: Transaction, referral_id: UUID) -> Referral:
        row = await tx.fetchrow(ONE, referral_id)
        if row is None:
            raise NoSuchReferral
        return Referral(**dict(row))

    async def receipt(self, tx: Transaction, referral_id: UUID) -> SealedReceipt:
        row = await tx.fetchrow(RECEIPT_BY_ID, referral_id)
        if row is None:
            raise NoSuchReferral
        return receipt_of(row)

    async def answer(
        self, tx: Transaction, referral: Referral, outcome: str, note: bytes | None, by: UUID
    ) -> None:
        await tx.execute(ANSWER, referral.id, outcome, note, by, referral.answered_at)


def receipt_of(row: Row) -> SealedReceipt:
    about = dict(row)
    return SealedReceipt(about.pop("id"), about.pop("receipt"), about)
