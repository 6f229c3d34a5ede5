"""Requests for a look at a child's data in PostgreSQL."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from chassis.db import Database, Row, Transaction
from chassis.http import Page, decode_cursor, encode_cursor, moment

from wishes.adapters.rights import SAME
from wishes.app.views_intake import AccessRequestView
from wishes.domain.access import AccessRequest
from wishes.domain.errors import NoSuchAccessRequest
from wishes.domain.wish import Wish
from wishes.pages import LAST_ID

COLUMNS = """id, wish_id, area, purpose, asked_by, asked_at, until, approved_by, approved_at,
    used_at, opened"""
WISH_OF = "select wish_id from access_request where id = $1"
LOCK = f"select {COLUMNS} from access_request where id = $1 for update"
LATEST = f"""
select {COLUMNS} from access_request where wish_id = $1 and asked_by = $2 and purpose = $3
order by id desc limit 1
"""
LATEST_ABOUT = f"""
select {COLUMNS} from access_request
where wish_id in (select id from wish where beneficiary_id = any($1)) and asked_by = $2 and purpose = $3
order by id desc limit 1
"""
LOCK_LATEST_ABOUT = f"{LATEST_ABOUT} for update"
IS_CHILD = "select exists (select from wish where beneficiary_id = any($1) and minor)"
IS_CHILDS = f"select exists (select from wish where beneficiary_id in ({SAME}) and minor)"
ADD = f"""
insert into access_request ({COLUMNS}) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
"""
SAVE = """
update access_request set until = $2, approved_by = $3, approved_at = $4, used_at = $5, opened = $6
where id = $1
"""
# The one whose time for an answer is up first stands first, so that those whose time is over, which
# stay, are not looked at.
OPEN = f"""
select {COLUMNS} from access_request
where area = $1 and approved_at is null and (until, id) > ($2, $3)
order by until, id limit $4
"""


class PostgresAccessStore:
    """See app/access_store.py."""

    async def wish_of(self, tx: Transaction, request_id: UUID) -> UUID:
        wish_id = await tx.fetchval(WISH_OF, request_id)
        if wish_id is None:
            raise NoSuchAccessRequest
        return wish_id

    async def lock(self, tx: Transaction, request_id: UUID) -> AccessRequest:
        row = await tx.fetchrow(LOCK, request_id)
        if row is None:
            raise NoSuchAccessRequest
        return _request(row)

    async def latest(
        self, tx: Transaction, wish_id: UUID, by: UUID, purpose: str
    ) -> AccessRequest | None:
        row = await tx.fetchrow(LATEST, wish_id, by, purpose)
        return _request(row) if row else None

    async def is_child(self, db: Database | Transaction, people: Sequence[UUID]) -> bool:
        return bool(await db.fetchval(IS_CHILD, people))

    async def is_childs(self, db: Database | Transaction, wish: Wish) -> bool:
        return wish.minor or bool(await db.fetchval(IS_CHILDS, wish.beneficiary_id))

    async def lock_latest_about(
        self, tx: Transaction, people: Sequence[UUID], by: UUID, purpose: str
    ) -> AccessRequest | None:
        row = await tx.fetchrow(LOCK_LATEST_ABOUT, people, by, purpose)
        return _request(row) if row else None

    async def add(self, tx: Transaction, request: AccessRequest) -> None:
        await tx.execute(
            ADD,
            request.id,
            request.wish_id,
            request.area,
            request.purpose,
            request.asked_by,
            request.asked_at,
            request.until,
            request.approved_by,
            request.approved_at,
            request.used_at,
            request.opened,
        )

    async def save(self, tx: Transaction, request: AccessRequest) -> None:
        await tx.execute(
            SAVE,
            request.id,
            request.until,
            request.approved_by,
            request.approved_at,
            request.used_at,
            request.opened,
        )


async def latest_request(
    db: Database, wish_id: UUID, by: UUID, purpose: str
) -> AccessRequest | None:
    row = await db.fetchrow(LATEST, wish_id, by, purpose)
    return _request(row) if row else None


async def latest_request_about(
    db: Database, people: Sequence[UUID], by: UUID, purpose: str
) -> AccessRequest | None:
    row = await db.fetchrow(LATEST_ABOUT, people, by, purpose)
    return _request(row) if row else None


async def open_requests(
    db: Database, area: str, now: datetime, cursor: str | None, limit: int
) -> Page[AccessRequestView]:
    """What waits for a second person in this community."""
    over = (now, LAST_ID)
    until, last = max(tuple(decode_cursor(cursor, moment, UUID) or over), over)
    rows = await db.fetch(OPEN, area, until, last, limit + 1)
    items = [AccessRequestView.of(_request(row)) for row in rows[:limit]]
    end = items[-1] if len(rows) > limit else None
    return Page(items=items, next=encode_cursor(end.until, end.id) if end else None)


def _request(row: Row) -> AccessRequest:
    return AccessRequest(**dict(row))
