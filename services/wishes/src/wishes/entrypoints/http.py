"""Routes: what comes in goes to a use case, what comes out is its view."""

from typing import Annotated
from uuid import UUID

from chassis.auth import Principal, permits, public
from chassis.http import Page, RateLimit, Uow
from chassis.privacy import reveals_of
from contracts.fields import Category, Effort
from fastapi import APIRouter, Depends, Path, Query, Request, Response

from wishes import queries
from wishes.app import requests, views
from wishes.app.claim_wish import claim_wish
from wishes.app.confirm_wish import confirm_at_call, confirm_by_card
from wishes.app.deliver_wish import deliver_wish
from wishes.app.follow_up import follow_up
from wishes.app.join_claim import join_claim
from wishes.app.open_card import open_card
from wishes.app.publish_wish import publish_wish
from wishes.app.release_claim import release_claim
from wishes.app.reopen_wish import reopen_wish
from wishes.app.return_wish import return_wish
from wishes.app.reveal_contact import reveal_contact, reveal_phones
from wishes.app.sight import require_sight
from wishes.app.submit_wish import submit_wish
from wishes.app.verify_wish import verify_wish
from wishes.app.withdraw_wish import withdraw_wish
from wishes.domain.states import WishState
from wishes.entrypoints.parts import Parts

router = APIRouter(prefix="/v1")

Reads = Annotated[Principal, permits("wishes.read")]
Lists = Annotated[Principal, permits("wishes.list")]
Submits = Annotated[Principal, permits("wishes.submit")]
Verifies = Annotated[Principal, permits("wishes.verify")]
Publishes = Annotated[Principal, permits("wishes.publish")]
Confirms = Annotated[Principal, permits("wishes.confirm")]
Claims = Annotated[Principal, permits("wishes.claim")]
Joins = Annotated[Principal, permits("wishes.join")]
Looks = Annotated[Principal, permits("wishes.contact")]
Audits = Annotated[Principal, permits("wishes.reveals")]
Notifies = Annotated[Principal, permits("beneficiaries.notify")]

CardNo = Annotated[str, Path(pattern=r"^[2-9A-HJKMNP-Z]{4,5}$")]
FollowCode = Annotated[str, Path(pattern=r"^[2-9A-HJKMNP-Z]{4,5}-[0-9]{6}$")]
Area = Annotated[str, Path(pattern=r"^[0-9]{12}$")]
Limit = Annotated[int, Query(ge=1, le=100)]
Cursor = Annotated[str | None, Query(max_length=200, pattern=r"^[A-Za-z0-9_-]+$")]
tries = RateLimit(rate=2, burst=60)


# Asynchronous, though it waits for nothing: a plain function would cost a trip to another thread.
async def parts(request: Request) -> Parts:
    return request.app.state.service


Uses = Annotated[Parts, Depends(parts)]


@router.post("/wishes", status_code=201)
async def post_wish(
    body: requests.SubmitWish, who: Submits, uow: Uow, uses: Uses
) -> views.SubmittedView:
    return await submit_wish(uow, uses.store, uses.vault, who, body)


@router.get("/wishes")
async def get_wishes(
    who: Lists,
    uses: Uses,
    area: Annotated[str, Query(pattern=r"^[0-9]{12}$")],
    state: WishState | None = None,
    category: Category | None = None,
    cursor: Cursor = None,
    limit: Limit = 20,
) -> Page[views.WishView]:
    who.require_scope(area)
    return await queries.list_wishes(uses.db, area, state, category, cursor, limit)


@router.get("/wishes/{wish_id}")
async def get_wish(wish_id: UUID, who: Reads, uses: Uses, response: Response) -> views.WishDetail:
    wish, title, claim = await queries.find_wish(uses.db, wish_id)
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
    """Who looked at this person's name, phone or address, when and what for."""
    wish, _, _ = await queries.find_wish(uses.db, wish_id)
    who.require_scope(wish.area)
    found = await reveals_of(uses.db, wish.beneficiary_id)
    return views.RevealsView(
        items=[views.RevealLine.model_validate(line, from_attributes=True) for line in found]
    )


@router.post("/wishes/{wish_id}/verification")
async def post_verification(
    wish_id: UUID, body: requests.Verification, who: Verifies, uow: Uow, uses: Uses
) -> views.WishView:
    return await verify_wish(uow, uses.store, who, wish_id, body)


@router.post("/wishes/{wish_id}/return")
async def post_return(
    wish_id: UUID, body: requests.Reason, who: Verifies, uow: Uow, uses: Uses
) -> views.WishView:
    return await return_wish(uow, uses.store, who, wish_id, body)


@router.post("/wishes/{wish_id}/publication")
async def post_publication(
    wish_id: UUID, body: requests.Publication, who: Publishes, uow: Uow, uses: Uses
) -> views.WishView:
    return await publish_wish(uow, uses.store, uses.vault, who, wish_id, body)


@router.post("/wishes/{wish_id}/withdrawal")
async def post_withdrawal(
    wish_id: UUID, body: requests.Reason, who: Verifies, uow: Uow, uses: Uses
) -> views.WishView:
    return await withdraw_wish(uow, uses.store, who, wish_id, body)


@router.post("/wishes/{wish_id}/follow-ups", status_code=201)
async def post_follow_up(
    wish_id: UUID, body: requests.FollowUp, who: Submits, uow: Uow, uses: Uses
) -> views.SubmittedView:
    return await follow_up(uow, uses.store, uses.vault, who, wish_id, body)


@router.post("/wishes/{wish_id}/claims", status_code=201)
async def post_claim(
    wish_id: UUID, body: requests.ClaimIn, who: Claims, uow: Uow, uses: Uses
) -> views.ClaimView:
    return await claim_wish(uow, uses.store, who, wish_id, body)


@router.post("/claims/{claim_id}/helpers", status_code=201)
async def post_helper(
    claim_id: UUID, body: requests.Nothing, who: Joins, uow: Uow, uses: Uses
) -> views.ClaimView:
    return await join_claim(uow, uses.store, who, claim_id)


@router.post("/claims/{claim_id}/release")
async def post_release(
    claim_id: UUID, body: requests.Nothing, who: Claims, uow: Uow, uses: Uses
) -> views.ClaimView:
    return await release_claim(uow, uses.store, who, claim_id)


@router.post("/claims/{claim_id}/delivery")
async def post_delivery(
    claim_id: UUID, body: requests.Delivery, who: Claims, uow: Uow, uses: Uses
) -> views.ClaimView:
    return await deliver_wish(uow, uses.store, uses.vault, who, claim_id, body)


@router.post("/wishes/{wish_id}/confirmation")
async def post_confirmation(
    wish_id: UUID, body: requests.Confirmation, who: Confirms, uow: Uow, uses: Uses
) -> views.WishView:
    return await confirm_at_call(uow, uses.store, uses.vault, who, wish_id, body)


@router.post("/wishes/{wish_id}/reopening")
async def post_reopening(
    wish_id: UUID, body: requests.Reason, who: Confirms, uow: Uow, uses: Uses
) -> views.WishView:
    return await reopen_wish(uow, uses.store, who, wish_id, body)


@router.post("/wishes/{wish_id}/contact")
async def post_contact(
    wish_id: UUID, body: requests.Contact, who: Looks, uow: Uow, uses: Uses
) -> views.ContactView:
    # Before the stored answer, too: a key used while the claim was held must not open it later.
    wish, _, claim = await queries.find_wish(uses.db, wish_id)
    require_sight(who, wish, claim)
    return await reveal_contact(uow, uses.store, uses.vault, who, wish_id, body)


@router.post("/contacts")
async def post_contacts(
    body: requests.ContactsToNotify, who: Notifies, uow: Uow, uses: Uses
) -> views.PhonesView:
    """The telephone numbers of up to 100 people, for the service that sends messages."""
    return await reveal_phones(uow, uses.store, uses.vault, who, body)


@router.get("/cards/{code}", dependencies=[public(), Depends(tries)])
async def get_card_steps(code: FollowCode, uses: Uses) -> views.CardView:
    """How far a wish is, for whoever holds its slip: no account needed."""
    return await queries.card_steps(uses.db, await _wish_of(code, uses))


@router.post("/cards/{code}/confirmation", dependencies=[public(), Depends(tries)])
async def post_card_answer(
    code: FollowCode, body: requests.CardAnswer, uow: Uow, uses: Uses
) -> views.AnswerView:
    """Satisfied, unsatisfied or unsure, by whoever holds the slip."""
    return await confirm_by_card(uow, uses.store, await _wish_of(code, uses), body)


async def _wish_of(code: str, uses: Parts) -> UUID:
    card_no, digits = code.split("-")
    return await open_card(uses.db, uses.store, uses.vault, card_no, digits, uses.clock())


@router.get("/trees", dependencies=[public()])
async def get_trees(uses: Uses) -> views.TreesView:
    return await queries.trees(uses.db)


@router.get("/trees/{area}", dependencies=[public()])
async def get_tree(area: Area, uses: Uses) -> views.TreeView:
    return await queries.tree(uses.db, area)


@router.get("/trees/{area}/cards", dependencies=[public()])
async def get_cards(
    area: Area,
    uses: Uses,
    category: Category | None = None,
    effort: Effort | None = None,
    cursor: Cursor = None,
    limit: Limit = 20,
) -> Page[views.PublicCard]:
    return await queries.cards(uses.db, area, category, effort, cursor, limit)


@router.get("/trees/cards/{card_no}", dependencies=[public()])
async def get_card(card_no: CardNo, uses: Uses) -> views.PublicCard:
    """The public side of one card: card numbers are unique in the district."""
    return await queries.card(uses.db, card_no)


@router.get("/trees/{area}/cards/{card_no}", dependencies=[public()])
async def get_card_of_tree(area: Area, card_no: CardNo, uses: Uses) -> views.PublicCard:
    return await queries.card(uses.db, card_no, area)
