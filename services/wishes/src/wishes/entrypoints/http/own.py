"""Routes of the person who wished, signed in with an account of their own."""

from uuid import UUID

from chassis.http import Uow
from fastapi import APIRouter

from wishes.app import requests, views
from wishes.app.confirm_wish import confirm_by_tap
from wishes.app.follow_up import follow_up_own
from wishes.entrypoints.http.parameters import ConfirmsOwn, SubmitsOwn, Uses

router = APIRouter(prefix="/v1")


@router.post("/wishes/{wish_id}/own-confirmation")
async def post_own_confirmation(
    wish_id: UUID, body: requests.OwnAnswer, who: ConfirmsOwn, uow: Uow, uses: Uses
) -> views.AnswerView:
    """Satisfied, unsatisfied or unsure, by one tap."""
    return await confirm_by_tap(
        uow, uses.store, uses.terms, uses.aftercare, uses.people, who, wish_id, body
    )


@router.post("/wishes/{wish_id}/own-follow-ups", status_code=201)
async def post_own_follow_up(
    wish_id: UUID, body: requests.OwnFollowUp, who: SubmitsOwn, uow: Uow, uses: Uses
) -> views.SubmittedView:
    """What came did not fit: a second wish after one's own that was fulfilled."""
    return await follow_up_own(
        uow, uses.store, uses.access, uses.terms, uses.people, uses.vault, who, wish_id, body
    )
