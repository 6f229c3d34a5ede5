"""Routes of those who help: claim, join, give back, deliver."""

from uuid import UUID

from chassis.http import Uow
from fastapi import APIRouter

from wishes.app import requests, views
from wishes.app.ask_time import ask_time
from wishes.app.claim_wish import claim_wish
from wishes.app.contact_person import contact_person
from wishes.app.deliver_wish import deliver_part, deliver_wish
from wishes.app.join_claim import join_claim
from wishes.app.leave_claim import leave_claim
from wishes.app.release_claim import release_claim
from wishes.entrypoints.http.parameters import Claims, Uses

router = APIRouter(prefix="/v1")


@router.post("/wishes/{wish_id}/claims", status_code=201)
async def post_claim(
    wish_id: UUID, body: requests.ClaimIn, who: Claims, uow: Uow, uses: Uses
) -> views.ClaimView:
    return await claim_wish(uow, uses.store, uses.terms, who, wish_id, body)


@router.post("/claims/{claim_id}/helpers", status_code=201)
async def post_helper(
    claim_id: UUID, body: requests.JoinIn, who: Claims, uow: Uow, uses: Uses
) -> views.ClaimView:
    """Join, for oneself or for one's unit."""
    return await join_claim(uow, uses.store, uses.terms, who, claim_id, body)


@router.post("/claims/{claim_id}/leaving")
async def post_leaving(
    claim_id: UUID, body: requests.LeaveIn, who: Claims, uow: Uow, uses: Uses
) -> views.ClaimView:
    return await leave_claim(uow, uses.store, who, claim_id, body)


@router.post("/claims/{claim_id}/contacted")
async def post_contacted(
    claim_id: UUID, body: requests.Nothing, who: Claims, uow: Uow, uses: Uses
) -> views.ClaimView:
    """Whoever rang says so: the lead, or one who helps."""
    return await contact_person(uow, uses.store, uses.terms, who, claim_id)


@router.post("/claims/{claim_id}/extension")
async def post_extension(
    claim_id: UUID, body: requests.ExtensionIn, who: Claims, uow: Uow, uses: Uses
) -> views.ClaimView:
    return await ask_time(uow, uses.store, uses.terms, who, claim_id, body)


@router.post("/claims/{claim_id}/release")
async def post_release(
    claim_id: UUID, body: requests.ReleaseIn, who: Claims, uow: Uow, uses: Uses
) -> views.ClaimView:
    """Back to the tree; where others have joined, they go on unless everybody gives it back."""
    return await release_claim(
        uow, uses.store, uses.terms, uses.changes, uses.vault, who, claim_id, body
    )


@router.post("/claims/{claim_id}/parts")
async def post_part(
    claim_id: UUID, body: requests.PartDelivery, who: Claims, uow: Uow, uses: Uses
) -> views.ClaimView:
    """A part has arrived, the rest is to come."""
    return await deliver_part(uow, uses.delivery, who, claim_id, body)


@router.post("/claims/{claim_id}/delivery")
async def post_delivery(
    claim_id: UUID, body: requests.Delivery, who: Claims, uow: Uow, uses: Uses
) -> views.ClaimView:
    return await deliver_wish(uow, uses.delivery, who, claim_id, body)
