"""Look at a volunteer's name and phone, or at names to show them: for a purpose, written down."""

from uuid import UUID

from chassis.auth import Principal
from chassis.privacy import Vault, record_reveal, record_reveals
from chassis.unit_of_work import UnitOfWork

from volunteers.app.requests import ContactsToNotify, Purpose
from volunteers.app.stores import Organisations, People
from volunteers.app.views import AddressLine, ContactsView, ContactView


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
        await record_reveal(tx, vault, volunteer.id, who, ["name", "phone"], request.purpose)
        sealed = {"name": volunteer.name, "phone": volunteer.phone}
        opened = await vault.open(tx, volunteer.id, sealed)
        return uow.reply(ContactView.model_validate(opened))


async def reveal_contacts(
    uow: UnitOfWork,
    people: People,
    organisations: Organisations,
    vault: Vault,
    who: Principal,
    request: ContactsToNotify,
) -> ContactsView:
    """For the service that sends messages: the one address that the channel needs, a batch at once.

    A unit's e-mail is public: only looks at people are written down.
    """
    async with uow as tx:
        phones = {v.id: {"phone": v.phone} for v in await people.find(tx, request.ids)}
        opened = await vault.open_many(tx, phones)
        units = await organisations.find(tx, request.ids)
        # Last: whoever else reveals waits from here until this transaction ends.
        await record_reveals(tx, vault, sorted(opened), who, ["phone"], request.purpose)
        lines = [AddressLine(id=v, phone=opened.get(v, {}).get("phone")) for v in phones]
        lines += [AddressLine(id=unit.id, email=unit.email) for unit in units]
        return uow.reply(ContactsView(items=lines))
