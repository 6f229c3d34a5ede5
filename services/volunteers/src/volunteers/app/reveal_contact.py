"""Look at a volunteer's name and phone, or at names to show them: for a purpose, written down."""

from uuid import UUID

from chassis.auth import Principal
from chassis.privacy import Vault, record_reveal
from chassis.unit_of_work import UnitOfWork

from volunteers.app.requests import Purpose
from volunteers.app.stores import People
from volunteers.app.views import ContactView


async def reveal_contact(
    uow: UnitOfWork,
    people: People,
    vault: Vault,
    who: Principal,
    volunteer_id: UUID,
    request: Purpose,
) -> ContactView:
    """For staff in scope, and for the service that sends messages."""
    async with uow as tx:
        volunteer = await people.lock(tx, volunteer_id)
        if who.kind != "service":
            who.require_scope(volunteer.area, volunteer.organisation_id)
        await record_reveal(tx, volunteer.id, who, ["name", "phone"], request.purpose)
        sealed = {"name": volunteer.name, "phone": volunteer.phone}
        opened = await vault.open(tx, volunteer.id, sealed)
        return uow.reply(ContactView.model_validate(opened))
