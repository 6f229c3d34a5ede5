"""Routes of consents: what is asked, what was said, and taking it back by desk, account or card."""

from uuid import UUID

from chassis.auth import public
from chassis.http import Uow
from fastapi import APIRouter, Depends

from wishes import queries
from wishes.app import requests_consents as requests
from wishes.app import views_consents as views
from wishes.app.person_sight import require_person
from wishes.app.record_consent import record_by_card, record_consent
from wishes.app.take_down_wish import take_down_wish
from wishes.app.views import WishView
from wishes.domain.wish import Wish
from wishes.domain.wordings import PURPOSES, current
from wishes.entrypoints.http.cards import wish_of_card
from wishes.entrypoints.http.parameters import (
    FollowCode,
    RecordsConsents,
    SeesConsents,
    TakesDown,
    Uses,
    tries,
)
from wishes.entrypoints.parts import Parts

router = APIRouter(prefix="/v1")


@router.get("/consent-wordings", dependencies=[public()])
async def get_wordings() -> views.WordingsView:
    """What people are asked today, word for word."""
    return views.WordingsView(
        items=[views.WordingView.of(current(purpose)) for purpose in PURPOSES]
    )


@router.get("/wishes/{wish_id}/consents")
async def get_consents(wish_id: UUID, who: SeesConsents, uses: Uses) -> views.ConsentsView:
    wish, _, _ = await queries.find_wish(uses.db, wish_id)
    require_person(who, await uses.rights.subject(uses.db, wish.beneficiary_id))
    return await _listed(uses, wish)


@router.post("/wishes/{wish_id}/consents")
async def post_consent(
    wish_id: UUID, body: requests.ConsentAtDesk, who: RecordsConsents, uow: Uow, uses: Uses
) -> views.ConsentChangedView:
    """By the desk for the person, or by the person's own account."""
    return await record_consent(
        uow, uses.ledger, uses.evidence, uses.rights, uses.vault, who, wish_id, body
    )


@router.get("/cards/{code}/consents", dependencies=[public(), Depends(tries)])
async def get_consents_by_card(code: FollowCode, uses: Uses) -> views.ConsentsView:
    wish, _, _ = await queries.find_wish(uses.db, await wish_of_card(code, uses))
    return await _listed(uses, wish)


@router.post("/cards/{code}/consents", dependencies=[public(), Depends(tries)])
async def post_consent_by_card(
    code: FollowCode, body: requests.CardConsent, uow: Uow, uses: Uses
) -> views.ConsentChangedView:
    """Take back, or give again, by whoever holds the slip."""
    wish_id = await wish_of_card(code, uses)
    return await record_by_card(uow, uses.ledger, uses.rights, wish_id, body)


@router.post("/wishes/{wish_id}/takedown")
async def post_takedown(
    wish_id: UUID, body: requests.TakeDown, who: TakesDown, uow: Uow, uses: Uses
) -> WishView:
    """Off the tree at once, for a reason that is not the person's own."""
    return await take_down_wish(uow, uses.ledger, who, wish_id, body)


async def _listed(uses: Parts, wish: Wish) -> views.ConsentsView:
    return views.ConsentsView.of(wish, await uses.consents.list(uses.db, wish.id))
