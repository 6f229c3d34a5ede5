"""Routes that show a person's name, phone or address; each look is written down."""

from uuid import UUID

from chassis.http import Uow
from fastapi import APIRouter

from wishes import queries
from wishes.app import requests, views
from wishes.app.reveal_contact import reveal_contact, reveal_phones
from wishes.app.reveal_origin import reveal_origin
from wishes.app.sight import require_sight
from wishes.app.views_intake import OriginView
from wishes.entrypoints.http.approvals import require_look
from wishes.entrypoints.http.parameters import Evidences, Looks, Notifies, Uses

router = APIRouter(prefix="/v1")


@router.post("/wishes/{wish_id}/contact")
async def post_contact(
    wish_id: UUID, body: requests.Contact, who: Looks, uow: Uow, uses: Uses
) -> views.ContactView:
    # Before the stored answer, too: a key used while the claim was held must not open it later.
    wish, _, claim = await queries.find_wish(uses.db, wish_id)
    require_sight(who, wish, claim)
    await require_look(uses, who, wish, body.purpose)
    return await reveal_contact(
        uow, uses.store, uses.access, uses.consents, uses.vault, who, wish_id, body
    )


@router.post("/wishes/{wish_id}/origin")
async def post_origin(
    wish_id: UUID, body: requests.Contact, who: Evidences, uow: Uow, uses: Uses
) -> OriginView:
    """Who wrote the card for somebody, who answers for a child, and what shows their consent."""
    wish, _, _ = await queries.find_wish(uses.db, wish_id)
    who.require_scope(wish.area)
    await require_look(uses, who, wish, body.purpose)
    return await reveal_origin(
        uow,
        uses.store,
        uses.evidence,
        uses.access,
        uses.consents,
        uses.vault,
        who,
        wish_id,
        body,
    )


@router.post("/contacts")
async def post_contacts(
    body: requests.ContactsToNotify, who: Notifies, uow: Uow, uses: Uses
) -> views.PhonesView:
    """The telephone numbers of up to 100 people, for the service that sends messages."""
    return await reveal_phones(uow, uses.store, uses.vault, who, body)
