"""Routes of the qualifications that some wishes ask for."""

from typing import Annotated
from uuid import UUID

from chassis.auth import Principal, permits
from chassis.http import Uow
from fastapi import APIRouter

from volunteers import queries
from volunteers.app import requests_qualifications as requests
from volunteers.app import views_qualifications as views
from volunteers.app.grant_qualification import grant_qualification
from volunteers.app.reveal_evidence import reveal_evidence
from volunteers.app.revoke_qualification import revoke_qualification
from volunteers.entrypoints.http import Contacts, Reads, Uses

router = APIRouter(prefix="/v1/volunteers/{volunteer_id}/qualifications")

Grants = Annotated[Principal, permits("qualifications.grant")]


@router.post("", status_code=201)
async def post_qualification(
    volunteer_id: UUID, body: requests.QualificationIn, who: Grants, uow: Uow, uses: Uses
) -> views.QualificationView:
    return await grant_qualification(
        uow, uses.people, uses.qualifications, uses.vault, who, volunteer_id, body
    )


@router.get("")
async def get_qualifications(
    volunteer_id: UUID, who: Reads, uses: Uses
) -> views.QualificationsView:
    """Those in force and those before, for the volunteer and for staff in scope."""
    found = await queries.find_volunteer(uses.db, volunteer_id)
    queries.require_self_or_scope(who, found)
    return await queries.qualifications(uses.db, volunteer_id)


@router.post("/{qualification_id}/revocation")
async def post_revocation(
    volunteer_id: UUID,
    qualification_id: UUID,
    body: requests.Revocation,
    who: Grants,
    uow: Uow,
    uses: Uses,
) -> views.QualificationView:
    return await revoke_qualification(
        uow, uses.people, uses.qualifications, who, volunteer_id, qualification_id
    )


@router.post("/{qualification_id}/evidence")
async def post_evidence(
    volunteer_id: UUID,
    qualification_id: UUID,
    body: requests.EvidencePurpose,
    who: Contacts,
    uow: Uow,
    uses: Uses,
) -> views.EvidenceView:
    return await reveal_evidence(
        uow,
        uses.people,
        uses.qualifications,
        uses.vault,
        who,
        volunteer_id,
        qualification_id,
        body,
    )
