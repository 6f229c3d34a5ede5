"""The branch or the community looks at a registration and says yes or no."""

from dataclasses import replace
from uuid import UUID

from chassis.auth import Principal
from chassis.unit_of_work import UnitOfWork
from contracts.volunteers import VolunteerApproved

from volunteers.app.requests import Decision
from volunteers.app.stores import People
from volunteers.app.views import VolunteerView
from volunteers.domain.errors import AlreadyDecided
from volunteers.domain.numbers import volunteer_number


async def approve_volunteer(
    uow: UnitOfWork, people: People, who: Principal, volunteer_id: UUID, request: Decision
) -> VolunteerView:
    """Raises AlreadyDecided, OutOfScope."""
    async with uow as tx:
        volunteer = await people.lock(tx, volunteer_id)
        who.require_scope(volunteer.area, volunteer.organisation_id)
        if volunteer.state != "registered":
            raise AlreadyDecided
        if request.decision == "refuse":
            volunteer = replace(volunteer, state="refused")
        else:
            number = volunteer_number(volunteer.area, await people.next_serial(tx))
            version = volunteer.version + 1
            volunteer = replace(volunteer, state="approved", number=number, version=version)
            event = VolunteerApproved(
                volunteer_id=volunteer.id,
                kind="guest" if volunteer.kind == "guest" else "local",
                area=volunteer.area,
                organisation_id=volunteer.organisation_id,
                approved_by=who.subject,
                approved_at=uow.now,
            )
            tx.emit(event, key=volunteer.id, version=version)
        await people.decide(tx, volunteer, who.subject, uow.now)
        view = VolunteerView.model_validate(volunteer, from_attributes=True)
        return uow.reply(view, version=volunteer.version)
