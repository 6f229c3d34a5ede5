"""Routes of files that are kept with a wish, and of looks at a child's data."""

from typing import Annotated, Any
from uuid import UUID

from chassis.http import BodyLimit, Cursor, Limit, Page, Uow
from fastapi import APIRouter, Depends, Header, Query, Request, Response

from wishes import queries
from wishes.adapters.access import open_requests
from wishes.adapters.evidence import attachments_of
from wishes.app import requests, requests_access, requests_intake, views_intake
from wishes.app.ask_access import approve_access, ask_access
from wishes.app.attach_file import attach_file, attach_photo, open_file
from wishes.app.sight import require_hand
from wishes.domain.attachment import MOST_BYTES, PHOTOS, SAID
from wishes.domain.errors import AttachmentTooLarge
from wishes.entrypoints.http.parameters import Accesses, Changes, Claims, Evidences, Uses
from wishes.entrypoints.problems import PROBLEMS

router = APIRouter(prefix="/v1")
FILE = {"schema": {"type": "string", "format": "binary"}}
PICTURES = {"requestBody": {"required": True, "content": dict.fromkeys(PHOTOS, FILE)}}
FILES = {"requestBody": {"required": True, "content": dict.fromkeys(SAID, FILE)}}
OPENED: dict[int | str, dict[str, Any]] = {
    200: {"description": "The file itself", "content": dict.fromkeys(SAID, FILE)}
}
# A browser must neither show it inside our pages, nor guess what it is, nor keep it.
GUARDED = {
    "Content-Disposition": "attachment",
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}
UPLOAD = BodyLimit(MOST_BYTES, seconds=60, problem=PROBLEMS[AttachmentTooLarge])
"""5 MiB over a telephone's slow line."""


@router.post(
    "/wishes/{wish_id}/attachments",
    status_code=201,
    dependencies=[Depends(UPLOAD)],
    openapi_extra=FILES,
)
async def post_attachment(
    wish_id: UUID,
    who: Changes,
    purpose: requests_intake.AttachmentPurpose,
    uow: Uow,
    uses: Uses,
    request: Request,
    content_type: Annotated[str, Header()] = "",
) -> views_intake.AttachmentView:
    """The body is the file. Photos are kept without what the camera noted: place, time, telephone."""
    said = content_type.partition(";")[0].strip().lower()
    content = await request.body()
    return await attach_file(
        uow, uses.store, uses.evidence, uses.vault, who, wish_id, purpose, content, said
    )


@router.post(
    "/claims/{claim_id}/photos",
    status_code=201,
    dependencies=[Depends(UPLOAD)],
    openapi_extra=PICTURES,
)
async def post_photo(
    claim_id: UUID,
    who: Claims,
    shows_person: bool,
    uow: Uow,
    uses: Uses,
    request: Request,
    content_type: Annotated[str, Header()] = "",
) -> views_intake.AttachmentView:
    """Of what was brought; nobody has to send one. `shows_person`: whoever wished is on it."""
    said = content_type.partition(";")[0].strip().lower()
    content = await request.body()
    return await attach_photo(
        uow,
        uses.store,
        uses.evidence,
        uses.consents,
        uses.vault,
        who,
        claim_id,
        content,
        said,
        shows_person=shows_person,
    )


@router.get("/wishes/{wish_id}/attachments")
async def get_attachments(wish_id: UUID, who: Changes, uses: Uses) -> views_intake.AttachmentsView:
    """What is kept, without what is in it."""
    wish, _, _ = await queries.find_wish(uses.db, wish_id)
    require_hand(who, wish)
    found = await attachments_of(uses.db, wish_id)
    items = [views_intake.AttachmentView.of(attachment) for attachment in found]
    return views_intake.AttachmentsView(items=items)


@router.post(
    "/wishes/{wish_id}/attachments/{attachment_id}/content",
    response_class=Response,
    responses=OPENED,
)
async def post_attachment_content(
    wish_id: UUID, attachment_id: UUID, body: requests.Contact, who: Evidences, uses: Uses
) -> Response:
    """A look, for a purpose, written down each time; one that broke off is taken again, of a child with the
    same approval on its day."""
    found, content = await open_file(
        uses.db,
        uses.store,
        uses.evidence,
        uses.access,
        uses.consents,
        uses.vault,
        who,
        wish_id,
        attachment_id,
        body.purpose,
        uses.clock(),
    )
    return Response(content, media_type=found.kind, headers=GUARDED)


@router.post("/wishes/{wish_id}/access-requests", status_code=201)
async def post_access_request(
    wish_id: UUID, body: requests_access.AskAccess, who: Accesses, uow: Uow, uses: Uses
) -> views_intake.AccessRequestView:
    """Ask for one look at a child's data."""
    return await ask_access(uow, uses.store, uses.access, uses.vault, who, wish_id, body)


@router.get("/access-requests")
async def get_access_requests(
    who: Accesses,
    uses: Uses,
    area: Annotated[str, Query(pattern=r"^[0-9]{12}$")],
    cursor: Cursor = None,
    limit: Limit = 20,
) -> Page[views_intake.AccessRequestView]:
    """What waits for a second person."""
    who.require_scope(area)
    return await open_requests(uses.db, area, uses.clock(), cursor, limit)


@router.post("/access-requests/{request_id}/approval")
async def post_access_approval(
    request_id: UUID, body: requests.Nothing, who: Accesses, uow: Uow, uses: Uses
) -> views_intake.AccessRequestView:
    """By a second person; the one who asked may look once within a day."""
    return await approve_access(uow, uses.store, uses.access, uses.vault, who, request_id)
