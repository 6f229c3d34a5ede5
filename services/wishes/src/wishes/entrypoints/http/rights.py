"""Routes of people's rights over their own data: by card, by an account of their own, at the desk."""

from typing import Any
from uuid import UUID

from chassis.auth import Principal, public
from chassis.http import Cursor, Limit, Page, Uow
from fastapi import APIRouter, Depends, Response
from fastapi.responses import StreamingResponse

from wishes import queries, queries_rights
from wishes.app import requests_rights as requests
from wishes.app import views_rights as views
from wishes.app.copy_files import contents, copy_with_files
from wishes.app.copy_person import PURPOSE, copy_person
from wishes.app.corrected_cards import Cards
from wishes.app.decide_request import Records, decide_request
from wishes.app.file_request import file_request, take_back_request
from wishes.app.look_at_request import look_at_request
from wishes.app.own_card import recognise
from wishes.app.person_sight import is_own, looked_at, looked_at_by_card, require_person
from wishes.app.requests import Decision, Nothing
from wishes.app.views import RevealLine
from wishes.domain.wish import Wish
from wishes.entrypoints.copy_archive import archive
from wishes.entrypoints.copy_page import copy_page
from wishes.entrypoints.http.approvals import require_approval_about
from wishes.entrypoints.http.cards import wish_of_card
from wishes.entrypoints.http.parameters import (
    AreaPrefix,
    AsksRights,
    DecidesRights,
    FollowCode,
    Own,
    SeesRights,
    Uses,
    tries,
)
from wishes.entrypoints.parts import Parts

router = APIRouter(prefix="/v1")
ZIP = "application/zip"
ARCHIVE: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The page to read, the data for a program, and every file that is kept",
        "content": {ZIP: {"schema": {"type": "string", "format": "binary"}}},
    }
}
HANDED_OUT = {
    "Content-Disposition": 'attachment; filename="wishtree-copy.zip"',
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}
BY_CARD = [public(), Depends(tries)]


@router.get("/mine")
async def get_mine(who: Own, uses: Uses) -> views.MineView:
    """Whose data an account is linked with, and whom it speaks for."""
    return await queries_rights.mine(uses.db, who.subject)


@router.get("/beneficiaries/{person_id}/reveals")
async def get_looks(
    person_id: UUID, who: SeesRights, uses: Uses, cursor: Cursor = None, limit: Limit = 20
) -> Page[RevealLine]:
    """Who looked at the data of this person, and of who wrote for them, when and what for; the newest
    first. For the desk, the person, and whoever speaks for the person."""
    entries = await looked_at(uses.db, uses.rights, who, person_id)
    return await queries_rights.looks(uses.db, uses.vault, entries, cursor, limit)


@router.post("/beneficiaries/{person_id}/copy")
async def post_copy(
    person_id: UUID, body: Nothing, who: AsksRights, uow: Uow, uses: Uses
) -> views.CopyView:
    """Everything that is kept about this person."""
    # Before the stored answer, too: who may not look any more gets no old look back.
    person = await uses.rights.subject(uses.db, person_id)
    require_person(who, person)
    if not is_own(who, person):
        await require_approval_about(uses, who, person_id, PURPOSE)
    return await copy_person(
        uow, uses.rights, uses.drafts, uses.access, uses.vault, who, person_id, copy_page
    )


@router.post("/beneficiaries/{person_id}/copy/file", response_class=Response, responses=ARCHIVE)
async def post_copy_file(
    person_id: UUID, body: Nothing, who: AsksRights, uses: Uses
) -> StreamingResponse:
    """The same with the photos, recordings and papers in it: one file to be handed out."""
    return await _archive(uses, who, person_id)


@router.get("/beneficiaries/{person_id}/requests")
async def get_requests(
    person_id: UUID, who: SeesRights, uses: Uses, cursor: Cursor = None, limit: Limit = 20
) -> Page[views.DataRequestView]:
    require_person(who, await uses.rights.subject(uses.db, person_id))
    return await queries_rights.requests_of(uses.db, person_id, cursor, limit)


@router.post("/beneficiaries/{person_id}/requests", status_code=201)
async def post_request(
    person_id: UUID, body: requests.FileRequest, who: AsksRights, uow: Uow, uses: Uses
) -> views.FiledRequestView:
    return await file_request(uow, uses.rights, uses.vault, who, person_id, body)


@router.get("/data-requests")
async def get_open_requests(
    who: DecidesRights, uses: Uses, area: AreaPrefix, cursor: Cursor = None, limit: Limit = 20
) -> Page[views.DataRequestView]:
    """What waits for an answer; what is due first comes first."""
    who.require_scope(area)
    return await queries_rights.open_requests(uses.db, area, cursor, limit)


@router.post("/data-requests/{request_id}/details")
async def post_details(
    request_id: UUID, body: requests.LookAtRequest, who: DecidesRights, uow: Uow, uses: Uses
) -> views.RequestDetailView:
    # As above.
    asked = await uses.rights.request(uses.db, request_id)
    who.require_scope(asked.area)
    await require_approval_about(uses, who, asked.person_id, body.purpose)
    return await look_at_request(
        uow, uses.store, uses.rights, uses.access, uses.vault, who, request_id, body
    )


@router.post("/data-requests/{request_id}/decision")
async def post_decision(
    request_id: UUID, body: Decision, who: DecidesRights, uow: Uow, uses: Uses
) -> views.DataRequestView:
    """Yes to an erasure takes two: the first has looked, the second erases. Yes to a correction that makes
    a child of the person, or no child any more, takes the card down until the right one agrees; and one
    after which a card says who it is for takes that card down until it is written anew."""
    cards = Cards(uses.store, uses.consents, uses.people, uses.overrules, uses.vault)
    records = Records(
        uses.store,
        uses.rights,
        uses.access,
        uses.terms,
        uses.vault,
        cards,
        uses.drafts,
        uses.consents,
    )
    return await decide_request(uow, records, who, request_id, body)


@router.post("/data-requests/{request_id}/withdrawal")
async def post_request_withdrawal(
    request_id: UUID, body: Nothing, who: AsksRights, uow: Uow, uses: Uses
) -> views.DataRequestView:
    return await take_back_request(uow, uses.rights, who, request_id)


@router.get("/cards/{code}/reveals", dependencies=BY_CARD)
async def get_looks_by_card(
    code: FollowCode, uses: Uses, cursor: Cursor = None, limit: Limit = 20
) -> Page[RevealLine]:
    """Who looked at my address?"""
    entries = await looked_at_by_card(uses.db, uses.rights, await _card(code, uses))
    return await queries_rights.looks(uses.db, uses.vault, entries, cursor, limit)


@router.post("/cards/{code}/copy", dependencies=BY_CARD)
async def post_copy_by_card(
    code: FollowCode, body: requests.OnlyWho, uow: Uow, uses: Uses
) -> views.CopyView:
    """Everything that is kept about this person; of a child, or where somebody else wrote the
    card for them, what was written down with this card."""
    card = await _recognised(code, body.who, uses)
    return await copy_person(
        uow, uses.rights, uses.drafts, uses.access, uses.vault, card, card.beneficiary_id, copy_page
    )


@router.post(
    "/cards/{code}/copy/file", dependencies=BY_CARD, response_class=Response, responses=ARCHIVE
)
async def post_copy_file_by_card(
    code: FollowCode, body: requests.OnlyWho, uses: Uses
) -> StreamingResponse:
    """As above."""
    card = await _recognised(code, body.who, uses)
    return await _archive(uses, card, card.beneficiary_id)


@router.get("/cards/{code}/requests", dependencies=BY_CARD)
async def get_requests_by_card(
    code: FollowCode, uses: Uses, cursor: Cursor = None, limit: Limit = 20
) -> Page[views.DataRequestView]:
    person_id = (await _card(code, uses)).beneficiary_id
    return await queries_rights.requests_of(uses.db, person_id, cursor, limit)


@router.post("/cards/{code}/requests", status_code=201, dependencies=BY_CARD)
async def post_request_by_card(
    code: FollowCode, body: requests.CardRequest, uow: Uow, uses: Uses
) -> views.FiledRequestView:
    card = await _recognised(code, body.who, uses)
    return await file_request(uow, uses.rights, uses.vault, card, card.beneficiary_id, body)


@router.post("/cards/{code}/requests/{request_id}/withdrawal", dependencies=BY_CARD)
async def post_request_withdrawal_by_card(
    code: FollowCode, request_id: UUID, body: requests.OnlyWho, uow: Uow, uses: Uses
) -> views.DataRequestView:
    person_id = (await _recognised(code, body.who, uses)).beneficiary_id
    return await take_back_request(uow, uses.rights, None, request_id, person_id)


async def _archive(uses: Parts, asker: Principal | Wish, person_id: UUID) -> StreamingResponse:
    """Every call is a look: no answer is kept under a key."""
    now = uses.clock()
    made, files = await copy_with_files(
        uses.db, uses.rights, uses.drafts, uses.access, uses.vault, asker, person_id, now
    )
    opened = contents(uses.db, uses.evidence, uses.vault, files)
    return StreamingResponse(archive(made, now, opened), media_type=ZIP, headers=HANDED_OUT)


async def _card(code: str, uses: Parts) -> Wish:
    wish, _, _ = await queries.find_wish(uses.db, await wish_of_card(code, uses))
    return wish


async def _recognised(code: str, who: str, uses: Parts) -> Wish:
    wish_id = await wish_of_card(code, uses)
    return await recognise(uses.db, uses.store, uses.vault, wish_id, who, uses.clock())
