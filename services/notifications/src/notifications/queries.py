"""The read side: inboxes, who was told, the phone list."""

from datetime import datetime
from uuid import UUID

from chassis.db import Database, Row
from chassis.http import Page, decode_cursor, encode_cursor
from orjson import loads
from pydantic import BaseModel

from notifications.domain.templates import TEMPLATES

MESSAGE = """m.id, m.source_event_id, m.recipient_kind, m.recipient_id, m.template,
    m.details::text as details, m.channel, m.state, m.wish_id, m.created_at, m.delivered_at, m.tries,
    m.reason"""
INBOX = f"""
select {MESSAGE} from message m
where m.recipient_id = any($1) and ($2::uuid is null or m.id < $2) order by m.id desc limit $3
"""
DELIVERIES = f"""
select {MESSAGE} from message m
where m.wish_id = $1 and ($2::uuid is null or m.id < $2) order by m.id desc limit $3
"""
DELIVERIES_OF = f"""
select {MESSAGE} from message m
where m.recipient_id = $1 and m.area like any($4) and ($2::uuid is null or m.id < $2)
order by m.id desc limit $3
"""
AREA_OF_WISH = "select area from wish_known where wish_id = $1"
DESKS_OF_AREAS = """
select id from unit where area like any($1) and kind in ('district', 'street', 'community')
"""
# Not "$2 is null or": a generic plan would read the list from its beginning to find the page.
PHONE_LIST = f"""
select {MESSAGE} from message m
where m.area = $1 and m.state = 'phone_list'
    and m.id > coalesce($2::uuid, '00000000-0000-0000-0000-000000000000')
order by m.id limit $3
"""


class MessageView(BaseModel):
    """One message to one recipient: what, by which channel, when, with what result."""

    id: UUID
    source_event_id: UUID
    recipient_kind: str
    recipient_id: UUID
    template: str
    text: str
    channel: str
    state: str
    wish_id: UUID | None
    created_at: datetime
    delivered_at: datetime | None
    tries: int
    reason: str | None


def _view(row: Row) -> MessageView:
    values = dict(row)
    details = loads(values.pop("details"))
    return MessageView(**values, text=TEMPLATES[values["template"]].text(details))


async def desks(db: Database, areas: list[str]) -> list[UUID]:
    """The offices whose inbox is open to whoever works in these areas."""
    rows = await db.fetch(DESKS_OF_AREAS, _prefixes(areas)) if areas else []
    return [row["id"] for row in rows]


def _prefixes(areas: list[str]) -> list[str]:
    return [f"{area}%" for area in areas]


async def inbox(
    db: Database, recipients: list[UUID], cursor: str | None, limit: int
) -> Page[MessageView]:
    return await _page(db, INBOX, recipients, cursor, limit)


async def deliveries_of_wish(
    db: Database, wish_id: UUID, cursor: str | None, limit: int
) -> Page[MessageView]:
    return await _page(db, DELIVERIES, wish_id, cursor, limit)


async def deliveries_to(
    db: Database, recipient_id: UUID, areas: list[str], cursor: str | None, limit: int
) -> Page[MessageView]:
    """Of what one person or unit was told, what belongs to these areas."""
    return await _page(db, DELIVERIES_OF, recipient_id, cursor, limit, _prefixes(areas))


async def phone_list(db: Database, area: str, cursor: str | None, limit: int) -> Page[MessageView]:
    return await _page(db, PHONE_LIST, area, cursor, limit)


async def area_of_wish(db: Database, wish_id: UUID) -> str | None:
    return await db.fetchval(AREA_OF_WISH, wish_id)


async def _page(
    db: Database, sql: str, what: object, cursor: str | None, limit: int, *more: object
) -> Page[MessageView]:
    place = decode_cursor(cursor, UUID)
    last = place[0] if place else None
    rows = await db.fetch(sql, what, last, limit + 1, *more)
    items = [_view(row) for row in rows[:limit]]
    return Page(items=items, next=encode_cursor(items[-1].id) if len(rows) > limit else None)
