"""Routes of what is handed to 12345, the grid, charities and social assistance."""

from typing import Annotated
from uuid import UUID

from chassis.auth import public
from chassis.http import Cursor, Limit, Page, Uow
from fastapi import APIRouter, Depends, Query

from wishes import queries_referrals as queries
from wishes.app import requests_referrals as requests
from wishes.app import views_referrals as views
from wishes.app.refer_wish import answer_referral, refer_wish, reveal_receipt
from wishes.app.views import WishView
from wishes.entrypoints.http.approvals import require_look
from wishes.entrypoints.http.cards import wish_of_card
from wishes.entrypoints.http.parameters import FollowCode, Lists, ReadsWords, Refers, Uses, tries
from wishes.queries import find_wish

router = APIRouter(prefix="/v1")


@router.post("/wishes/{wish_id}/referral", status_code=201)
async def post_referral(
    wish_id: UUID, body: requests.ReferralIn, who: Refers, uow: Uow, uses: Uses
) -> views.ReferralView:
    return await refer_wish(
        uow,
        uses.store,
        uses.terms,
        uses.referrals,
        uses.consents,
        uses.vault,
        who,
        wish_id,
        body,
    )


@router.get("/referrals")
async def get_referrals(
    who: Lists,
    uses: Uses,
    area: Annotated[str, Query(pattern=r"^[0-9]{12}$")],
    cursor: Cursor = None,
    limit: Limit = 20,
) -> Page[views.ReferralLine]:
    """Of one community, those that wait for an answer."""
    who.require_scope(area)
    return await queries.open_referrals(uses.db, area, uses.clock(), cursor, limit)


@router.post("/referrals/{referral_id}/answer")
async def post_referral_answer(
    referral_id: UUID, body: requests.ReferralAnswerIn, who: Refers, uow: Uow, uses: Uses
) -> WishView:
    """Helped: the wish is closed. Not helped: it comes back."""
    return await answer_referral(
        uow, uses.store, uses.referrals, uses.vault, who, referral_id, body
    )


@router.post("/referrals/{referral_id}/receipt")
async def post_receipt(
    referral_id: UUID, body: requests.ReceiptIn, who: ReadsWords, uow: Uow, uses: Uses
) -> views.ReceiptView:
    """What is printed for the person, with the number of those who have taken it on."""
    # Before the stored answer, too: a key used in scope must not show it out of scope.
    wish, _, _ = await find_wish(uses.db, await queries.wish_of(uses.db, referral_id))
    who.require_scope(wish.area)
    await require_look(uses, who, wish, body.purpose)
    return await reveal_receipt(
        uow,
        uses.store,
        uses.referrals,
        uses.access,
        uses.consents,
        uses.vault,
        who,
        referral_id,
        body,
    )


@router.get("/cards/{code}/receipt", dependencies=[public(), Depends(tries)])
async def get_card_receipt(code: FollowCode, uses: Uses) -> views.ReceiptView:
    """For whoever holds the slip: of the last time the wish was handed on."""
    wish_id = await wish_of_card(code, uses)
    return await queries.receipt_of_card(uses.db, uses.vault, wish_id)
