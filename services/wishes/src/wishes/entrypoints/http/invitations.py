"""Routes of invitations, and of follow-ups that are kept for somebody: asking, and letting go unseen."""

from uuid import UUID

from chassis.http import Cursor, Limit, Page, Uow, leaves_no_trace
from fastapi import APIRouter, Depends

from wishes import invitation_queries as queries
from wishes.app import requests_claims as requests
from wishes.app import views_claims as views
from wishes.app.decline_invitation import decline_invitation
from wishes.app.invite_givers import invite_givers
from wishes.app.let_go_offer import let_go_offer
from wishes.entrypoints.http.parameters import Claims, Invites, Notifies, Uses

router = APIRouter(prefix="/v1")
UNSEEN = [Depends(leaves_no_trace)]


@router.post("/wishes/{wish_id}/invitations", status_code=201)
async def post_invitations(
    wish_id: UUID, body: requests.InvitationsIn, who: Invites, uow: Uow, uses: Uses
) -> views.InvitationsView:
    return await invite_givers(uow, uses.store, uses.terms, uses.invitations, who, wish_id, body)


@router.get("/invitations")
async def get_invitations(
    who: Claims, uses: Uses, cursor: Cursor = None, limit: Limit = 20
) -> Page[views.InvitationView]:
    """What the caller, or a unit they act for, is asked and has not answered."""
    invitees = (who.subject, *who.organisations())
    return await queries.invitations_of(uses.db, invitees, cursor, limit)


@router.delete("/invitations/{invitation_id}", status_code=204, dependencies=UNSEEN)
async def delete_invitation(invitation_id: UUID, who: Claims, uses: Uses) -> None:
    """No, thank you: without a reason and without a trace. To say yes is to claim."""
    await decline_invitation(uses.invitations, who, invitation_id)


@router.post("/invitations/recipients")
async def post_recipients(
    body: requests.InvitationsToNotify, who: Notifies, uses: Uses
) -> views.RecipientsView:
    """Whom to tell, at the moment of telling. Reads only, so that no answer is stored."""
    return await queries.recipients_of(uses.db, body.ids)


@router.delete("/wishes/{wish_id}/offer", status_code=204, dependencies=UNSEEN)
async def delete_offer(wish_id: UUID, who: Claims, uses: Uses) -> None:
    """A follow-up that is kept for the caller, who helped first: from now on anybody may."""
    await let_go_offer(uses.db, uses.store, uses.terms, uses.clock, who, wish_id)
