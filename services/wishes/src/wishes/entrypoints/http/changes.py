"""Routes of a need that changes while somebody has the wish in hand."""

from uuid import UUID

from chassis.http import Uow
from fastapi import APIRouter

from wishes import queries
from wishes.app import requests_claims as requests
from wishes.app import views
from wishes.app.answer_change import answer_change
from wishes.app.corrected_cards import Cards
from wishes.app.look_at_change import look_at_change
from wishes.app.propose_change import propose_change
from wishes.app.sight import require_sight
from wishes.app.views_claims import ChangeView
from wishes.entrypoints.http.parameters import Claims, Reads, Uses, Verifies

router = APIRouter(prefix="/v1")


@router.post("/wishes/{wish_id}/change-proposals", status_code=201)
async def post_change_proposal(
    wish_id: UUID, body: requests.ChangeIn, who: Verifies, uow: Uow, uses: Uses
) -> views.ClaimView:
    """By a worker who did not verify the wish: the card that comes of it is theirs."""
    return await propose_change(
        uow,
        uses.store,
        uses.terms,
        uses.changes,
        uses.overrules,
        uses.people,
        uses.vault,
        who,
        wish_id,
        body,
    )


@router.get("/wishes/{wish_id}/change-proposal")
async def get_change_proposal(wish_id: UUID, who: Reads, uses: Uses) -> ChangeView:
    """For those who are asked, and for the desk."""
    wish, _, claim = await queries.find_wish(uses.db, wish_id)
    require_sight(who, wish, claim)
    return await look_at_change(uses.db, uses.changes, uses.vault, wish, claim)


@router.post("/claims/{claim_id}/change-answer")
async def post_change_answer(
    claim_id: UUID, body: requests.ChangeAnswer, who: Claims, uow: Uow, uses: Uses
) -> views.ClaimView:
    cards = Cards(uses.store, uses.consents, uses.people, uses.overrules, uses.vault)
    return await answer_change(uow, cards, uses.terms, uses.changes, who, claim_id, body)
