"""Routes of the desk: a wish from intake to confirmation, as the staff of an area handle it."""

from typing import Annotated
from uuid import UUID

from chassis.http import Cursor, Limit, Page, Uow
from contracts.fields import Category
from fastapi import APIRouter, Query, Response

from wishes import queries, queries_rights
from wishes.app import requests, views
from wishes.app.ask_time import answer_time
from wishes.app.confirm_wish import confirm_at_call
from wishes.app.follow_up import follow_up
from wishes.app.publish_wish import publish_wish
from wishes.app.reopen_wish import reopen_wish
from wishes.app.return_wish import return_wish
from wishes.app.sight import is_author, is_of_community, require_sight
from wishes.app.submit_wish import submit_wish
from wishes.app.verify_wish import verify_wish
from wishes.app.withdraw_wish import withdraw_wish
from wishes.domain.states import WishState
from wishes.entrypoints.http.parameters import (
    Audits,
    Changes,
    Confirms,
    Lists,
    Publishes,
    Reads,
    Submits,
    Uses,
    Verifies,
)

router = APIRouter(prefix="/v1")
LATEST = 100


@router.post("/wishes", status_code=201)
async def post_wish(
    body: requests.SubmitWish, who: Submits, uow: Uow, uses: Uses
) -> views.SubmittedView:
    return await submit_wish(uow, uses.store, uses.evidence, uses.terms, uses.vault, who, body)


@router.get("/wishes")
async def get_wishes(
    who: Lists,
    uses: Uses,
    area: Annotated[str, Query(pattern=r"^[0-9]{12}$")],
    state: WishState | None = None,
    category: Category | None = None,
    cursor: Cursor = None,
    limit: Limit = 20,
) -> Page[views.WishLine]:
    who.require_scope(area)
    by_person = is_of_community(who, area)
    return await queries.list_wishes(
        uses.db, area, state, category, cursor, limit, by_person=by_person
    )


@router.get("/wishes/{wish_id}")
async def get_wish(wish_id: UUID, who: Reads, uses: Uses, response: Response) -> views.WishDetail:
    wish, title, claim = await queries.find_wish(uses.db, wish_id)
    if not is_author(who, wish):
        require_sight(who, wish, claim)
    response.headers["ETag"] = f'"{wish.version}"'
    return queries.detail(wish, title, claim)


@router.get("/wishes/{wish_id}/history")
async def get_history(wish_id: UUID, who: Lists, uses: Uses) -> views.HistoryView:
    wish, _, _ = await queries.find_wish(uses.db, wish_id)
    who.require_scope(wish.area)
    return await queries.history(uses.db, wish_id)


@router.get("/wishes/{wish_id}/reveals")
async def get_reveals(wish_id: UUID, who: Audits, uses: Uses) -> views.RevealsView:
    """Who looked at the name, phone or address of this person, or of who wrote for them, when and what
    for; the latest."""
    wish, _, _ = await queries.find_wish(uses.db, wish_id)
    who.require_scope(wish.area)
    found = await queries_rights.looks(uses.db, uses.vault, [wish.beneficiary_id], None, LATEST)
    return views.RevealsView(items=found.items)


@router.post("/wishes/{wish_id}/verification")
async def post_verification(
    wish_id: UUID, body: requests.Verification, who: Verifies, uow: Uow, uses: Uses
) -> views.WishView:
    return await verify_wish(uow, uses.ledger, uses.desk, uses.ages, who, wish_id, body)


@router.post("/wishes/{wish_id}/return")
async def post_return(
    wish_id: UUID, body: requests.Reason, who: Verifies, uow: Uow, uses: Uses
) -> views.WishView:
    return await return_wish(uow, uses.store, who, wish_id, body)


@router.post("/wishes/{wish_id}/publication")
async def post_publication(
    wish_id: UUID, body: requests.Publication, who: Publishes, uow: Uow, uses: Uses
) -> views.WishView:
    return await publish_wish(
        uow,
        uses.store,
        uses.consents,
        uses.ages,
        uses.overrules,
        uses.people,
        who,
        wish_id,
        body,
    )


@router.post("/wishes/{wish_id}/withdrawal")
async def post_withdrawal(
    wish_id: UUID, body: requests.Reason, who: Changes, uow: Uow, uses: Uses
) -> views.WishView:
    return await withdraw_wish(uow, uses.store, who, wish_id, body)


@router.post("/wishes/{wish_id}/follow-ups", status_code=201)
async def post_follow_up(
    wish_id: UUID, body: requests.FollowUp, who: Submits, uow: Uow, uses: Uses
) -> views.SubmittedView:
    # Before the stored answer, too: a key used in scope must not show the code out of scope.
    wish, _, _ = await queries.find_wish(uses.db, wish_id)
    who.require_scope(wish.area)
    return await follow_up(
        uow, uses.store, uses.evidence, uses.access, uses.terms, uses.vault, who, wish_id, body
    )


@router.post("/wishes/{wish_id}/confirmation")
async def post_confirmation(
    wish_id: UUID, body: requests.Confirmation, who: Confirms, uow: Uow, uses: Uses
) -> views.WishView:
    return await confirm_at_call(
        uow,
        uses.store,
        uses.terms,
        uses.aftercare,
        uses.vault,
        who,
        wish_id,
        body,
    )


@router.post("/claims/{claim_id}/extension/decision")
async def post_extension_decision(
    claim_id: UUID, body: requests.Decision, who: Verifies, uow: Uow, uses: Uses
) -> views.ClaimView:
    return await answer_time(uow, uses.store, uses.terms, uses.aftercare, who, claim_id, body)


@router.post("/wishes/{wish_id}/reopening")
async def post_reopening(
    wish_id: UUID, body: requests.Reason, who: Confirms, uow: Uow, uses: Uses
) -> views.WishView:
    return await reopen_wish(uow, uses.store, uses.terms, who, wish_id, body)
