"""Reading invitations: for whoever is asked, and for the service that sends messages.

Neither leaves anything behind: no stored answer, no line of audit. What stood at one moment and no
more at the next would tell a no from silence.
"""

from collections.abc import Collection
from uuid import UUID

from chassis.clock import now
from chassis.db import Database
from chassis.http import Page, decode_cursor, encode_cursor, moment

from wishes.app.views_claims import InvitationView, RecipientLine, RecipientsView
from wishes.pages import FIRST

OF_INVITEES = """
select i.id, i.invitee_kind, i.invitee_id, i.until, w.id as wish_id, w.card_no, w.area, w.title, w.category,
    w.effort
from invitation i join wish w on w.id = i.wish_id
where i.invitee_id = any($1) and i.until > $2 and (i.until, i.id) > ($3, $4)
order by i.until, i.id limit $5
"""
RECIPIENTS = """
select id, invitee_kind as kind, invitee_id as recipient_id from invitation
where id = any($1) and until > $2 order by id
"""


async def invitations_of(
    db: Database, invitees: Collection[UUID], cursor: str | None, limit: int
) -> Page[InvitationView]:
    """Those that stand, the one that ends first first."""
    at, last = decode_cursor(cursor, moment, UUID) or FIRST
    rows = await db.fetch(OF_INVITEES, list(invitees), now(), at, last, limit + 1)
    items = [
        InvitationView.model_validate(
            {**row, "invitee": {"kind": row["invitee_kind"], "id": row["invitee_id"]}}
        )
        for row in rows[:limit]
    ]
    end = items[-1] if len(rows) > limit else None
    return Page(items=items, next=encode_cursor(end.until, end.id) if end else None)


async def recipients_of(db: Database, ids: Collection[UUID]) -> RecipientsView:
    rows = await db.fetch(RECIPIENTS, list(ids), now())
    return RecipientsView(items=[RecipientLine(**dict(row)) for row in rows])
