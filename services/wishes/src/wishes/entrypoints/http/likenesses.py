"""Routes of hints: wishes of the same people that look alike, and what a human says of them."""

from uuid import UUID

from chassis.http import Uow
from fastapi import APIRouter

from wishes import queries, queries_desk
from wishes.app import requests_desk, views_desk
from wishes.app.decide_likeness import keep_both, set_aside
from wishes.app.find_likenesses import find_likenesses
from wishes.entrypoints.http.parameters import Uses, Verifies

router = APIRouter(prefix="/v1")


@router.get("/wishes/{wish_id}/likenesses")
async def get_likenesses(wish_id: UUID, who: Verifies, uses: Uses) -> views_desk.LikenessesView:
    """Of the 50 newest wishes of the same people in the caller's area; never the words."""
    wish, _, _ = await queries.find_wish(uses.db, wish_id)
    who.require_scope(wish.area)
    words = await queries_desk.words(uses.db, wish_id)
    return await find_likenesses(
        uses.db, uses.likenesses, uses.vault, who, wish, words, uses.clock()
    )


@router.post("/wishes/{wish_id}/duplicate-of")
async def post_duplicate_of(
    wish_id: UUID, body: requests_desk.OtherWish, who: Verifies, uow: Uow, uses: Uses
) -> views_desk.LikenessDecision:
    """This wish is the other one, written down twice: it is withdrawn, the other stays."""
    return await set_aside(uow, uses.store, uses.likenesses, who, wish_id, body)


@router.post("/wishes/{wish_id}/not-a-duplicate")
async def post_not_a_duplicate(
    wish_id: UUID, body: requests_desk.OtherWish, who: Verifies, uow: Uow, uses: Uses
) -> views_desk.LikenessDecision:
    return await keep_both(uow, uses.store, uses.likenesses, who, wish_id, body)
