"""Households in PostgreSQL."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from chassis.db import Transaction

from wishes.app.household_store import LivesAt
from wishes.domain.errors import NoSuchHousehold, NoSuchPerson

LOCK_PERSON = """
select area, household_id, erased_at is not null as erased from beneficiary where id = $1 for update
"""
FOUND = "update beneficiary set household_id = $1 where id = $2"
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
        row = await tx.fetchrow(LOCK_PERSON, beneficiary_id)
        if row is None:
            raise NoSuchPerson
        return LivesAt(**dict(row))

    async def found(self, tx: Transaction, household_id: UUID, beneficiary_id: UUID) -> None:
        await tx.execute(FOUND, household_id, beneficiary_id)

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
