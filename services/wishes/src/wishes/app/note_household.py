"""A worker knows that a volunteer lives with a person who wished: they do not claim those wishes."""

from uuid import UUID

from chassis.auth import Principal
from chassis.db import Transaction
from chassis.ids import uuid7
from chassis.unit_of_work import UnitOfWork

from wishes.app.household_store import HouseholdStore
from wishes.app.requests_intake import HouseholdIn
from wishes.app.views_intake import HouseholdView
from wishes.domain.errors import AlreadyErased


async def note_household(
    uow: UnitOfWork, households: HouseholdStore, who: Principal, request: HouseholdIn
) -> HouseholdView:
    """What the volunteer has claimed before goes on. Raises NoSuchPerson, OutOfScope, AlreadyErased."""
    async with uow as tx:
        person = await households.lock_person(tx, request.beneficiary_id)
        who.require_scope(person.area)
        if person.erased:
            raise AlreadyErased
        household_id = person.household_id or uuid7()
        await households.found(tx, household_id, person.entries)
        await households.add(tx, household_id, request.volunteer_id, who.subject, uow.now)
        return uow.reply(await _view(tx, households, who, household_id))


async def leave_household(
    uow: UnitOfWork,
    households: HouseholdStore,
    who: Principal,
    household_id: UUID,
    volunteer_id: UUID,
) -> HouseholdView:
    """They live there no longer, or it was a mistake. Raises NoSuchHousehold, OutOfScope."""
    async with uow as tx:
        await _view(tx, households, who, household_id)
        await households.remove(tx, household_id, volunteer_id)
        return uow.reply(await _view(tx, households, who, household_id))


async def _view(
    tx: Transaction, households: HouseholdStore, who: Principal, household_id: UUID
) -> HouseholdView:
    people = await households.beneficiaries(tx, household_id)
    for _, area in people:
        who.require_scope(area)
    return HouseholdView(
        id=household_id,
        beneficiaries=[person for person, _ in people],
        volunteers=list(await households.volunteers(tx, household_id)),
    )
