"""The read side of messages: for the two sides of a claim that is in force."""

from uuid import UUID

from chassis.auth import Principal
from chassis.db import Database
from chassis.http import Page, decode_cursor, encode_cursor
from chassis.privacy import Vault

from wishes.adapters.messages import message_of
from wishes.adapters.postgres import CLAIM_BY_ID
from wishes.adapters.rows import CURRENT_CLAIM, claim_of
from wishes.app.send_message import open_messages
from wishes.app.sight import holds
from wishes.app.views_messages import MessageView
from wishes.domain.conversation import require_open
from wishes.domain.errors import NoSuchClaim, NotTheClaimant
from wishes.domain.wish import Claim
from wishes.pages import LAST_ID

OF_CLAIM = """
select id, wish_id, claim_id, sender, by_id, words, sent_at from message
where claim_id = $1 and id < $2 order by id desc limit $3
"""
PERSON = "select beneficiary_id from wish where id = $1"


async def messages_of_claim(
    db: Database, vault: Vault, who: Principal, claim_id: UUID, cursor: str | None, limit: int
) -> Page[MessageView]:
    """For those who hold it, while they do. Raises NoSuchClaim, NotTheClaimant, ConversationClosed."""
    row = await db.fetchrow(CLAIM_BY_ID, claim_id)
    if row is None:
        raise NoSuchClaim
    claim = claim_of(row)
    if not holds(who, claim):
        raise NotTheClaimant
    return await _page(db, vault, require_open(claim), cursor, limit)


async def messages_of_card(
    db: Database, vault: Vault, wish_id: UUID, cursor: str | None, limit: int
) -> Page[MessageView]:
    """For whoever holds the slip: the words with those who hold the wish now."""
    row = await db.fetchrow(CURRENT_CLAIM, wish_id)
    return await _page(db, vault, require_open(claim_of(row) if row else None), cursor, limit)


async def _page(
    db: Database, vault: Vault, claim: Claim, cursor: str | None, limit: int
) -> Page[MessageView]:
    """Newest first."""
    (before,) = decode_cursor(cursor, UUID) or (LAST_ID,)
    rows = await db.fetch(OF_CLAIM, claim.id, before, limit + 1)
    person = await db.fetchval(PERSON, claim.wish_id)
    items = await open_messages(db, vault, person, [message_of(row) for row in rows[:limit]])
    return Page(items=items, next=encode_cursor(items[-1].id) if len(rows) > limit else None)
