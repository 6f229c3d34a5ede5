"""The read side of referrals."""

from datetime import datetime
from uuid import UUID

from chassis.db import Database
from chassis.http import Page, decode_cursor, encode_cursor, moment
from chassis.privacy import Vault

from wishes.adapters.referrals import RECEIPT_BY_WISH, receipt_of
from wishes.app.refer_wish import open_receipt
from wishes.app.views_referrals import ReceiptView, ReferralLine
from wishes.domain.errors import NoSuchReferral
from wishes.pages import FIRST

OPEN = """
select r.id, r.wish_id, r.area, r.recipient, r.reason, r.referred_at, r.due_by, r.answered_at,
    w.card_no, r.due_by <= $2 as late
from referral r join wish w on w.id = r.wish_id
where r.area = $1 and r.answered_at is null
    and (r.due_by, r.id) > ($3, $4)
order by r.due_by, r.id limit $5
"""
WISH_OF = "select wish_id from referral where id = $1"
PERSON = "select beneficiary_id from wish where id = $1"


async def open_referrals(
    db: Database, area: str, now: datetime, cursor: str | None, limit: int
) -> Page[ReferralLine]:
    """Of one community, those that wait for an answer, the day that comes first before."""
    at, last = decode_cursor(cursor, moment, UUID) or FIRST
    rows = await db.fetch(OPEN, area, now, at, last, limit + 1)
    items = [ReferralLine(**dict(row)) for row in rows[:limit]]
    end = items[-1] if len(rows) > limit else None
    return Page(items=items, next=encode_cursor(end.due_by, end.id) if end else None)


async def wish_of(db: Database, referral_id: UUID) -> UUID:
    """Raises NoSuchReferral."""
    wish_id: UUID | None = await db.fetchval(WISH_OF, referral_id)
    if wish_id is None:
        raise NoSuchReferral
    return wish_id


async def receipt_of_card(db: Database, vault: Vault, wish_id: UUID) -> ReceiptView:
    """For whoever holds the slip: of the last time it was handed on. Raises NoSuchReferral."""
    row = await db.fetchrow(RECEIPT_BY_WISH, wish_id)
    if row is None:
        raise NoSuchReferral
    person = await db.fetchval(PERSON, wish_id)
    return await open_receipt(db, vault, person, receipt_of(row))
