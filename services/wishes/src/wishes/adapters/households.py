"""Households in PostgreSQL."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from chassis.db import Transaction

from wishes.app.household_store import LivesAt
from wishes.domain.errors import NoSuchHousehold, NoSuchPerson

# Every entry of the same person: noted at one alone, a second household would be founded at the next.
LOCK_PERSON = """
select o.id, o.area, o.household_id, o.erased_at is not null as erased
from beneficiary b join beneficiary o on o.area = b.area
    and coalesce(o.person_index, uuid_send(o.id)) = coalesce(b.person_index, uuid_send(b.id))
where b.id = $1 order by o.id for update of o
"""
FOUND = "update beneficiary set household_id = $1 where id = any($2) and household_id is null"
ADD = """
insert into household_member (household_id, volunteer_id, noted_by, noted_at) values ($1, $2, $3, $4)
on conflict do nothing
"""
REMOVE = "delete from household_member where household_id = $1 and volunteer_id = $2"
BENEFICIARIES = "select id, area from beneficiary where household_id = $1 order by id"
VOLUNTEERS = """
select volunteer_id from household_member where household_id = $1 order by noted_at, volunteer_id
"""
"""Both by an index, and as many as live under one roof."""


class PostgresHouseholdStore:
    """See app/household_store.py."""

    async def lock_person(self, tx: Transaction, beneficiary_id: UUID) -> LivesAt:
        rows = {row["id"]: row for row in await tx.fetch(LOCK_PERSON, beneficiary_id)}
        if beneficiary_id not in rows:
            raise NoSuchPerson
        person = rows[beneficiary_id]
        known = (row["household_id"] for row in (person, *rows.values()))
        household = next((one for one in known if one is not None), None)
        return LivesAt(person["area"], household, person["erased"], list(rows))

    async def found(
        self, tx: Transaction, household_id: UUID, beneficiaries: Sequence[UUID]
    ) -> None:
        await tx.execute(FOUND, household_id, beneficiaries)

    async def add(
        self, tx: Transaction, household_id: UUID, volunteer_id: UUID, by: UUID, now: datetime
    ) -> None:
        await tx.execute(ADD, household_id, volunteer_id, by, now)

    async def remove(self, tx: Transaction, household_id: UUID, volunteer_id: UUID) -> None:
        await tx.execute(REMOVE, household_id, volunteer_id)

    async def beneficiaries(
        self, tx: Transaction, household_id: UUID
    ) -> Sequence[tuple[UUID, str]]:
        rows = await tx.fetch(BENEFICIARIES, household_id)
        if not rows:
            raise NoSuchHousehold
        return [(row["id"], row["area"]) for row in rows]

    async def volunteers(self, tx: Transaction, household_id: UUID) -> Sequence[UUID]:
        return [row["volunteer_id"] for row in await tx.fetch(VOLUNTEERS, household_id)]
