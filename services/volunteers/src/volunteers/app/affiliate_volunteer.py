"""双报到: a volunteer belongs to a home community and to a work unit."""

from dataclasses import replace
from uuid import UUID

from chassis.auth import Principal
from chassis.unit_of_work import UnitOfWork
from contracts.volunteers import AffiliationChanged

from volunteers.app.requests import AffiliationIn
from volunteers.app.stores import Organisations, People
from volunteers.app.views import VolunteerView


async def affiliate_volunteer(
    uow: UnitOfWork,
    people: People,
    organisations: Organisations,
    who: Principal,
    volunteer_id: UUID,
    request: AffiliationIn,
) -> VolunteerView:
    async with uow as tx:
        volunteer = await people.lock(tx, volunteer_id)
        who.require_scope(volunteer.area, volunteer.organisation_id)
        unit = await organisations.get(tx, request.organisation_id)
        volunteer = replace(volunteer, version=volunteer.version + 1)
        await people.affiliate(tx, volunteer, unit.id, request.kind, uow.now)
        event = AffiliationChanged(
            volunteer_id=volunteer.id,
            organisation_id=unit.id,
            kind=request.kind,
            active=True,
            changed_at=uow.now,
        )
        tx.emit(event, key=volunteer.id, version=volunteer.version)
        view = VolunteerView.model_validate(volunteer, from_attributes=True)
        return uow.reply(view, version=volunteer.version)
