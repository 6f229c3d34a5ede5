"""Routes of safe visits: who goes, the word at the door, the word that they have left."""

from uuid import UUID

from chassis.auth import public
from chassis.http import Uow
from fastapi import APIRouter, Depends

from wishes import queries
from wishes.app import requests_claims as requests
from wishes.app import views_claims as views
from wishes.app.check_visitor import check_visitor
from wishes.app.end_visit import end_visit
from wishes.app.look_at_visit import look_at_visit
from wishes.app.requests import Contact, Nothing
from wishes.app.start_visit import start_visit
from wishes.app.tell_visit_code import show_visit_code, tell_visit_code
from wishes.entrypoints.http.cards import wish_of_card
from wishes.entrypoints.http.parameters import (
    Claims,
    Confirms,
    EndsVisits,
    FollowCode,
    Uses,
    tries,
)
from wishes.visit_queries import find_visit

router = APIRouter(prefix="/v1")
SLIP = [public(), Depends(tries)]


@router.post("/claims/{claim_id}/visits", status_code=201)
async def post_visit(
    claim_id: UUID, body: requests.VisitIn, who: Claims, uow: Uow, uses: Uses
) -> views.VisitView:
    return await start_visit(
        uow, uses.store, uses.terms, uses.visits, uses.people, uses.vault, who, claim_id, body
    )


@router.get("/visits/{visit_id}")
async def get_visit(visit_id: UUID, who: EndsVisits, uses: Uses) -> views.VisitView:
    visit = await find_visit(uses.db, visit_id)
    wish, _, _ = await queries.find_wish(uses.db, visit.wish_id)
    return look_at_visit(uses.vault, who, wish, visit)


@router.post("/visits/{visit_id}/left")
async def post_left(
    visit_id: UUID, body: Nothing, who: EndsVisits, uow: Uow, uses: Uses
) -> views.VisitView:
    """By one of those who went, or by the desk that has spoken with them."""
    return await end_visit(uow, uses.store, uses.visits, who, visit_id)


@router.post("/wishes/{wish_id}/visit-code")
async def post_visit_code(
    wish_id: UUID, body: Contact, who: Confirms, uow: Uow, uses: Uses
) -> views.VisitCodeView:
    """For the desk, which tells the person who is visited."""
    # Before the stored answer, too: a key used in scope must not show the word out of scope.
    wish, _, _ = await queries.find_wish(uses.db, wish_id)
    who.require_scope(wish.area)
    return await tell_visit_code(uow, uses.store, uses.visits, uses.vault, who, wish_id, body)


@router.post("/wishes/{wish_id}/visit-check")
async def post_visit_check(
    wish_id: UUID, body: requests.VisitCheckIn, who: Confirms, uow: Uow, uses: Uses
) -> views.VisitCheckedView:
    """For the desk, when the person rings up: what does whoever stands at the door say?"""
    wish, _, _ = await queries.find_wish(uses.db, wish_id)
    # Before a try is counted: a stranger must not use them up.
    who.require_scope(wish.area)
    return await check_visitor(
        uow, uses.db, uses.store, uses.visits, uses.vault, wish_id, body.digits
    )


@router.get("/cards/{code}/visit", dependencies=SLIP)
async def get_card_visit(code: FollowCode, uses: Uses) -> views.VisitCodeView:
    """What whoever comes will say, for whoever holds the slip."""
    wish_id = await wish_of_card(code, uses)
    return await show_visit_code(uses.db, uses.store, uses.visits, uses.vault, wish_id)


@router.post("/cards/{code}/visit-check", dependencies=SLIP)
async def post_card_visit_check(
    code: FollowCode, body: requests.VisitCheckIn, uow: Uow, uses: Uses
) -> views.VisitCheckedView:
    wish_id = await wish_of_card(code, uses)
    return await check_visitor(
        uow, uses.db, uses.store, uses.visits, uses.vault, wish_id, body.digits
    )
