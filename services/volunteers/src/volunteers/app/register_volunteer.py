"""Somebody registers as a volunteer; the code proves that the phone is theirs."""

from chassis.db import Database, Transaction
from chassis.ids import uuid7
from chassis.privacy import Vault
from chassis.unit_of_work import UnitOfWork
from contracts.volunteers import VolunteerRegistered

from volunteers.app.requests import Registration
from volunteers.app.send_code import phone_index, spend_code
from volunteers.app.stores import Accounts, Organisations, People, Volunteer
from volunteers.app.views import VolunteerView
from volunteers.domain.errors import PhoneTaken, SignInRefused


async def register_volunteer(
    uow: UnitOfWork,
    db: Database,
    people: People,
    organisations: Organisations,
    accounts: Accounts,
    vault: Vault,
    request: Registration,
) -> VolunteerView:
    """Raises SignInRefused for a wrong code, PhoneTaken, NoSuchOrganisation."""
    try:
        async with uow as tx:
            if not await spend_code(tx, accounts, vault, request.phone, request.code, uow.now):
                raise SignInRefused
            if await people.by_phone(tx, phone_index(vault, request.phone)) is not None:
                raise PhoneTaken
            if request.organisation_id is not None:
                await organisations.get(tx, request.organisation_id)
            volunteer = await _add(tx, people, vault, request, uow)
            event = VolunteerRegistered(
                volunteer_id=volunteer.id,
                kind=request.kind,
                area=request.area,
                organisation_id=request.organisation_id,
                registered_at=uow.now,
            )
            tx.emit(event, key=volunteer.id, version=1)
            view = VolunteerView.model_validate(volunteer, from_attributes=True)
            return uow.reply(view, version=1)
    except SignInRefused:
        # The refusal rolled the count back: count the wrong try on its own.
        async with db.transaction() as tx:
            await accounts.wrong_code(tx, phone_index(vault, request.phone))
        raise


async def _add(
    tx: Transaction, people: People, vault: Vault, request: Registration, uow: UnitOfWork
) -> Volunteer:
    volunteer_id = uuid7()
    member = None if request.party_member is None else str(request.party_member).lower()
    fields = {"name": request.name, "phone": request.phone, "party_member": member}
    sealed = await vault.seal(tx, volunteer_id, fields)
    volunteer = Volunteer(
        id=volunteer_id,
        number=None,
        kind=request.kind,
        area=request.area,
        organisation_id=request.organisation_id,
        state="registered",
        name=sealed["name"] or b"",
        phone=sealed["phone"] or b"",
        version=1,
        registered_at=uow.now,
    )
    index = phone_index(vault, request.phone)
    await people.add(tx, volunteer, index, sealed["party_member"], request.skills)
    return volunteer
