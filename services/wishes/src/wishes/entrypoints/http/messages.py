"""Routes of the conversation between the two sides of a claim."""

from uuid import UUID

from chassis.auth import public
from chassis.http import Cursor, Limit, Page, Uow
from fastapi import APIRouter, Depends

from wishes import queries_messages as queries
from wishes.app import requests_messages as requests
from wishes.app import views_messages as views
from wishes.app.send_message import read_as_staff, send_as_helper, send_for_resident
from wishes.entrypoints.http.approvals import require_look
from wishes.entrypoints.http.cards import wish_of_card
from wishes.entrypoints.http.parameters import Claims, Confirms, FollowCode, ReadsWords, Uses, tries
from wishes.queries import find_wish

router = APIRouter(prefix="/v1")


@router.post("/claims/{claim_id}/messages", status_code=201)
async def post_message(
    claim_id: UUID, body: requests.MessageIn, who: Claims, uow: Uow, uses: Uses
) -> views.MessageView:
    return await send_as_helper(
        uow, uses.store, uses.messages, uses.people, uses.vault, who, claim_id, body
    )


@router.get("/claims/{claim_id}/messages")
async def get_messages(
    claim_id: UUID, who: Claims, uses: Uses, cursor: Cursor = None, limit: Limit = 20
) -> Page[views.MessageView]:
    return await queries.messages_of_claim(uses.db, uses.vault, who, claim_id, cursor, limit)


@router.post("/cards/{code}/messages", status_code=201, dependencies=[public(), Depends(tries)])
async def post_card_message(
    code: FollowCode, body: requests.MessageIn, uow: Uow, uses: Uses
) -> views.MessageView:
    """By whoever holds the slip."""
    wish_id = await wish_of_card(code, uses)
    return await send_for_resident(
        uow, uses.store, uses.messages, uses.people, uses.vault, None, wish_id, body
    )


@router.get("/cards/{code}/messages", dependencies=[public(), Depends(tries)])
async def get_card_messages(
    code: FollowCode, uses: Uses, cursor: Cursor = None, limit: Limit = 20
) -> Page[views.MessageView]:
    wish_id = await wish_of_card(code, uses)
    return await queries.messages_of_card(uses.db, uses.vault, wish_id, cursor, limit)


@router.post("/wishes/{wish_id}/messages", status_code=201)
async def post_message_for_resident(
    wish_id: UUID, body: requests.MessageIn, who: Confirms, uow: Uow, uses: Uses
) -> views.MessageView:
    """By the desk, for a person who rang up or came by."""
    return await send_for_resident(
        uow, uses.store, uses.messages, uses.people, uses.vault, who, wish_id, body
    )


@router.post("/wishes/{wish_id}/messages/reading")
async def post_reading(
    wish_id: UUID, body: requests.ReadMessages, who: ReadsWords, uow: Uow, uses: Uses
) -> Page[views.ReadMessage]:
    """All that was said about a wish: a look that the person can see."""
    # Before the stored answer, too: a key used in scope must not show it out of scope.
    wish, _, _ = await find_wish(uses.db, wish_id)
    who.require_scope(wish.area)
    await require_look(uses, who, wish, body.purpose)
    return await read_as_staff(
        uow,
        uses.store,
        uses.messages,
        uses.access,
        uses.consents,
        uses.vault,
        who,
        wish_id,
        body,
    )
