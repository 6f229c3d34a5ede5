"""Routes for whoever holds a slip: no account needed."""

from uuid import UUID

from chassis.auth import public
from chassis.http import Uow
from fastapi import APIRouter, Depends

from wishes import queries
from wishes.app import requests, views
from wishes.app.confirm_wish import confirm_by_card
from wishes.app.open_card import open_card
from wishes.entrypoints.http.parameters import FollowCode, Uses, tries
from wishes.entrypoints.parts import Parts

router = APIRouter(prefix="/v1")


@router.get("/cards/{code}", dependencies=[public(), Depends(tries)])
async def get_card_steps(code: FollowCode, uses: Uses) -> views.CardView:
    """How far a wish is, for whoever holds its slip: no account needed."""
    return await queries.card_steps(uses.db, await wish_of_card(code, uses))


@router.post("/cards/{code}/confirmation", dependencies=[public(), Depends(tries)])
async def post_card_answer(
    code: FollowCode, body: requests.CardAnswer, uow: Uow, uses: Uses
) -> views.AnswerView:
    """Satisfied, unsatisfied or unsure, by whoever holds the slip."""
    wish_id = await wish_of_card(code, uses)
    return await confirm_by_card(uow, uses.store, uses.terms, uses.aftercare, wish_id, body)


async def wish_of_card(code: str, uses: Parts) -> UUID:
    """The wish of a slip. Raises NoSuchCard, CardLocked."""
    card_no, digits = code.split("-")
    return await open_card(uses.db, uses.store, uses.vault, card_no, digits, uses.clock())
