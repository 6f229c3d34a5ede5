"""Routes of intake beside the desk's own: online, in batches, drafts, changes, guardians."""

import contextlib
from uuid import UUID

from chassis.http import BodyLimit, Cursor, Limit, Page, Uow
from fastapi import APIRouter, Depends, Response

from wishes import queries
from wishes.adapters.drafts import drafts_of
from wishes.app import requests, requests_intake, views, views_intake
from wishes.app.change_wish import change_wish
from wishes.app.hand_in_draft import discard_draft, hand_in_draft
from wishes.app.note_guardian import note_guardian
from wishes.app.sight import require_hand
from wishes.app.submit_batch import submit_batch
from wishes.app.submit_own import submit_own
from wishes.app.write_draft import begin_draft, change_draft, read_draft
from wishes.domain.errors import NoSuchWish
from wishes.entrypoints.http.parameters import Changes, Drafts, Submits, SubmitsOwn, Uses

router = APIRouter(prefix="/v1")
BATCH = 2 * 1024 * 1024
"""Two hundred cards with everything on them."""


@router.post("/own-wishes", status_code=201)
async def post_own_wish(
    body: requests_intake.OwnWish, who: SubmitsOwn, uow: Uow, uses: Uses
) -> views.SubmittedView:
    """By somebody who is signed in, for themselves or for a neighbour."""
    return await submit_own(uow, uses.store, uses.evidence, uses.terms, uses.vault, who, body)


@router.get("/own-wishes")
async def get_own_wishes(
    who: SubmitsOwn, uses: Uses, cursor: Cursor = None, limit: Limit = 20
) -> Page[views.OwnWishView]:
    """What this account has handed in, and why it was sent back."""
    return await queries.own_wishes(uses.db, who.subject, cursor, limit)


@router.post("/wishes/batch", status_code=201, dependencies=[Depends(BodyLimit(BATCH))])
async def post_batch(
    body: requests_intake.Batch, who: Submits, uow: Uow, uses: Uses
) -> views_intake.BatchView:
    """Returned paper cards: all of them, or none and the rows that are wrong."""
    return await submit_batch(
        uow, uses.store, uses.evidence, uses.desk, uses.terms, uses.vault, who, body
    )


@router.post("/wishes/{wish_id}/change")
async def post_change(
    wish_id: UUID, body: requests_intake.ChangeIn, who: Changes, uow: Uow, uses: Uses
) -> views.WishView:
    """While nobody has taken it; it is checked and published anew."""
    return await change_wish(uow, uses.store, uses.ages, who, wish_id, body)


@router.post("/wishes/{wish_id}/guardian")
async def post_guardian(
    wish_id: UUID, body: requests.GuardianIn, who: Changes, uow: Uow, uses: Uses
) -> views_intake.GuardianView:
    return await note_guardian(uow, uses.store, uses.ages, who, wish_id, body)


@router.post("/drafts", status_code=201)
async def post_draft(
    body: requests_intake.DraftIn, who: Drafts, uow: Uow, uses: Uses
) -> views_intake.DraftView:
    return await begin_draft(uow, uses.drafts, uses.vault, who, body)


@router.get("/drafts")
async def get_drafts(
    who: Drafts, uses: Uses, cursor: Cursor = None, limit: Limit = 20
) -> Page[views_intake.DraftView]:
    """One's own."""
    return await drafts_of(uses.db, who.subject, cursor, limit)


@router.get("/drafts/{draft_id}")
async def get_draft(
    draft_id: UUID, who: Drafts, uses: Uses, response: Response
) -> views_intake.DraftDetail:
    draft = await read_draft(uses.db, uses.drafts, uses.vault, who, draft_id)
    response.headers["ETag"] = f'"{draft.revision}"'
    return draft


@router.post("/drafts/{draft_id}/content")
async def post_draft_content(
    draft_id: UUID, body: requests_intake.DraftContent, who: Drafts, uow: Uow, uses: Uses
) -> views_intake.DraftView:
    return await change_draft(uow, uses.drafts, uses.vault, who, draft_id, body)


@router.post("/drafts/{draft_id}/submission", status_code=201)
async def post_draft_submission(
    draft_id: UUID, body: requests.Nothing, who: Drafts, uow: Uow, uses: Uses
) -> views.SubmittedView:
    """Hand it in: the draft's id is the wish's."""
    with contextlib.suppress(NoSuchWish):
        # Handed in before: the stored answer shows the code, which must not be seen out of scope.
        wish, _, _ = await queries.find_wish(uses.db, draft_id)
        require_hand(who, wish)
    return await hand_in_draft(
        uow, uses.store, uses.evidence, uses.drafts, uses.terms, uses.vault, who, draft_id
    )


@router.post("/drafts/{draft_id}/withdrawal")
async def post_draft_withdrawal(
    draft_id: UUID, body: requests.Nothing, who: Drafts, uow: Uow, uses: Uses
) -> views_intake.DiscardedView:
    """Discard it: what was written cannot be read by anybody any more."""
    return await discard_draft(uow, uses.drafts, uses.vault, who, draft_id)
