"""Drafts in PostgreSQL."""

from collections.abc import Sequence
from uuid import UUID

from chassis.db import Database, Row, Transaction
from chassis.http import Page, decode_cursor, encode_cursor

from wishes.adapters.kept import DRAFTS_ABOUT
from wishes.adapters.postgres import ADD_HISTORY
from wishes.app.draft_store import Draft
from wishes.app.views_intake import DraftView
from wishes.domain.errors import NoSuchDraft
from wishes.domain.intake import DRAFTED
from wishes.domain.replace import replace
from wishes.domain.wish import Events
from wishes.pages import LAST_ID

COLUMNS = """id, beneficiary_id, author_id, area, channel, content, revision, drafted_at, changed_at,
    discard_at, event_id, person_index"""
COUNT = "select count(*) from draft where author_id = $1"
ADD = f"""
insert into draft ({COLUMNS}, indexed) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $7)
"""
LOCK = f"select {COLUMNS} from draft where id = $1 for update"
SAVE = """
update draft set content = $2, revision = $3, changed_at = $4, discard_at = $5, person_index = $6,
    indexed = $3
where id = $1
"""
LOCK_TO_INDEX = f"""
select {COLUMNS} from draft where area = $1 and indexed <> revision order by id for update
"""
INDEX = "update draft set person_index = $2, indexed = $3 where id = $1"
LOCK_ABOUT = f"select {COLUMNS} from draft where id in ({DRAFTS_ABOUT}) order by id for update"
DROP = "delete from draft where id = $1"
OF_AUTHOR = f"""
select {COLUMNS} from draft where author_id = $1 and id < $2
order by id desc limit $3
"""
DUE_DRAFTS = """
select id, discard_at as due_at from draft where discard_at <= $1 order by discard_at limit $2
"""


class PostgresDraftStore:
    """See app/draft_store.py."""

    async def count(self, tx: Transaction, author_id: UUID) -> int:
        return int(await tx.fetchval(COUNT, author_id))

    def add(self, tx: Transaction, draft: Draft, events: Events) -> Draft:
        (event,) = events
        draft = replace(draft, event_id=tx.emit(event, key=draft.id, version=DRAFTED))
        tx.write(
            ADD,
            draft.id,
            draft.beneficiary_id,
            draft.author_id,
            draft.area,
            draft.channel,
            draft.content,
            draft.revision,
            draft.drafted_at,
            draft.changed_at,
            draft.discard_at,
            draft.event_id,
            draft.person_index,
        )
        return draft

    async def lock(self, tx: Transaction, draft_id: UUID) -> Draft:
        row = await tx.fetchrow(LOCK, draft_id)
        if row is None:
            raise NoSuchDraft
        return _draft(row)

    async def save(self, tx: Transaction, draft: Draft) -> None:
        await tx.execute(
            SAVE,
            draft.id,
            draft.content,
            draft.revision,
            draft.changed_at,
            draft.discard_at,
            draft.person_index,
        )

    async def lock_to_index(self, tx: Transaction, area: str) -> Sequence[Draft]:
        return [_draft(row) for row in await tx.fetch(LOCK_TO_INDEX, area)]

    async def index(self, tx: Transaction, draft: Draft) -> None:
        await tx.execute(INDEX, draft.id, draft.person_index, draft.revision)

    async def lock_about(self, tx: Transaction, person_id: UUID) -> Sequence[Draft]:
        return [_draft(row) for row in await tx.fetch(LOCK_ABOUT, [person_id])]

    def become_wish(self, tx: Transaction, draft: Draft) -> None:
        tx.write(
            ADD_HISTORY,
            draft.id,
            DRAFTED,
            draft.event_id,
            "WishDrafted",
            draft.author_id,
            draft.drafted_at,
            None,
        )
        tx.write(DROP, draft.id)

    def discard(self, tx: Transaction, draft: Draft, events: Events) -> None:
        for version, event in enumerate(events, start=DRAFTED + 1):
            tx.emit(event, key=draft.id, version=version)
        tx.write(DROP, draft.id)


async def drafts_of(
    db: Database, author_id: UUID, cursor: str | None, limit: int
) -> Page[DraftView]:
    """One's own, newest first."""
    (last,) = decode_cursor(cursor, UUID) or (LAST_ID,)
    rows = await db.fetch(OF_AUTHOR, author_id, last, limit + 1)
    items = [DraftView.model_validate(_draft(row), from_attributes=True) for row in rows[:limit]]
    return Page(items=items, next=encode_cursor(items[-1].id) if len(rows) > limit else None)


def _draft(row: Row) -> Draft:
    return Draft(**dict(row))
