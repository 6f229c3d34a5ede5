"""The read side of what comes after the help: callbacks, complaints, the checked lottery."""

from datetime import datetime
from uuid import UUID

from chassis.db import Database
from chassis.http import Page, decode_cursor, encode_cursor, moment
from chassis.privacy import Vault

from wishes.adapters.aftercare import complaint_of, seed_keeper
from wishes.app.views_aftercare import (
    CallbackLine,
    CardComplaint,
    CardComplaints,
    ComplaintView,
    MonthOfCalls,
    MonthsOfCalls,
)
from wishes.domain.complaint import LEVELS, ComplaintLevel
from wishes.domain.errors import NoSuchWish
from wishes.domain.sample import month_of
from wishes.pages import FIRST

CALLBACKS = """
select c.id, c.wish_id, w.card_no, w.category, c.drawn_at, c.due_by, c.late,
    (select count(distinct (t.at at time zone 'Asia/Shanghai')::date) from callback_call t
        where t.wish_id = c.wish_id and t.at >= c.drawn_at and t.outcome = 'not_reached') as in_vain
from callback c join wish w on w.id = c.wish_id and w.state = 'fulfilled' and w.callback = 'due'
where c.area = $1 and c.outcome is null and (c.due_by, c.id) > ($2, $3)
order by c.due_by, c.id limit $4
"""
# An area is a prefix: all codes from it with zeros to it with nines, in the order of the index.
COMPLAINTS = """
select id, wish_id, area, about, level, filed_at, due_by, due_at, answered_at from complaint
where area between rpad($1, 12, '0') and rpad($1, 12, '9') and answered_at is null and level >= $2
    and (area, due_by, id) > ($3, $4, $5)
order by area, due_by, id limit $6
"""
OF_CARD = """
select c.id, w.beneficiary_id, c.about, c.filed_at, c.due_by, c.answered_at, c.outcome, c.answer
from wish w left join complaint c on c.wish_id = w.id
where w.id = $1 order by c.filed_at
"""
SEEDS = """
select s.month, s.commitment, s.seed, coalesce(v.wishes, 0) as in_vain
from callback_seed s left join callback_in_vain v on v.district = s.district and v.month = s.month
where s.district = $1 order by s.month desc limit $2
"""
MONTHS = 36


async def callbacks(db: Database, area: str, cursor: str | None, limit: int) -> Page[CallbackLine]:
    """Of one community, the day that comes first before."""
    at, last = decode_cursor(cursor, moment, UUID) or FIRST
    rows = await db.fetch(CALLBACKS, area, at, last, limit + 1)
    items = [CallbackLine.model_validate(dict(row)) for row in rows[:limit]]
    end = items[-1] if len(rows) > limit else None
    return Page(items=items, next=encode_cursor(end.due_by, end.id) if end else None)


async def complaints(
    db: Database, area: str, level: ComplaintLevel, cursor: str | None, limit: int
) -> Page[ComplaintView]:
    """Those of this level and above that wait for an answer, by community and then by their day."""
    community, at, last = decode_cursor(cursor, str, moment, UUID) or ("", *FIRST)
    rows = await db.fetch(COMPLAINTS, area, LEVELS.index(level), community, at, last, limit + 1)
    items = [ComplaintView.of(complaint_of(row)) for row in rows[:limit]]
    end = items[-1] if len(rows) > limit else None
    return Page(items=items, next=encode_cursor(end.area, end.due_by, end.id) if end else None)


async def complaints_of_card(db: Database, vault: Vault, wish_id: UUID) -> CardComplaints:
    """For whoever holds the slip, who filed them: with the answers in full."""
    rows = await db.fetch(OF_CARD, wish_id)
    if not rows:
        raise NoSuchWish
    filed = [row for row in rows if row["id"] is not None]
    sealed = {f"answer_{row['id']}": row["answer"] for row in filed if row["answer"]}
    clear = await vault.open(db, rows[0]["beneficiary_id"], sealed) if sealed else {}
    return CardComplaints(
        items=[
            CardComplaint(
                about=row["about"],
                filed_at=row["filed_at"],
                due_by=row["due_by"],
                answered_at=row["answered_at"],
                outcome=row["outcome"],
                answer=clear.get(f"answer_{row['id']}"),
            )
            for row in filed
        ]
    )


async def months_of_calls(
    db: Database, vault: Vault, district: str, now: datetime
) -> MonthsOfCalls:
    """The lottery of each month: what it was bound to, and its seed once the month is over."""
    rows = await db.fetch(SEEDS, district, MONTHS)
    over = {row["month"]: row["seed"] for row in rows if row["month"] < month_of(now)}
    seeds = await vault.open(db, seed_keeper(district), over) if over else {}
    return MonthsOfCalls(
        district=district,
        items=[
            MonthOfCalls(
                month=row["month"],
                commitment=bytes(row["commitment"]).hex(),
                seed=seeds.get(row["month"]),
                in_vain=row["in_vain"],
            )
            for row in rows
        ],
    )
