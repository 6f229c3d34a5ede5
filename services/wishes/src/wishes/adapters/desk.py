"""What the desk keeps beside the wishes, in PostgreSQL."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from chassis.db import Transaction

from wishes.app.desk_store import Building, Step
from wishes.app.store import Indexes, Person
from wishes.domain.errors import BuildingKnown
from wishes.domain.person import RULE
from wishes.domain.wish import Wish

ADD_STEPS = """
insert into verification_step (wish_id, at, line, method, done_at, spoke_with, seen)
select $1, $2, n, method, done_at, spoke_with, string_to_array(seen, ' ')
from unnest($3::text[], $4::timestamptz[], $5::text[], $6::text[]) with ordinality
    as step (method, done_at, spoke_with, seen, n)
"""
ADD_HAND_OVER = """
insert into hand_over (wish_id, level, handed_to, note, by_id, at) values ($1, $2, $3, $4, $5, $6)
"""
# The same level is handed over once; after a change of the wish it may come again at the next one.
LEAVE_QUEUE = "update wish set handed_level = $2, queue = null where id = $1"
ADD_BUILDING = """
insert into building (id, area, name, added_by, added_at) values ($1, $2, $3, $4, $5)
"""
KNOWN_BUILDINGS = "select area, id from building where id = any($1)"
CHANGE_CODE = """
update wish set code_hash = $2, code_seen_by = array_append(code_seen_by, $3) where id = $1
"""
TO_INDEX = f"""
select id, area, name, phone, address from beneficiary
where id = $1 and (to_index or index_rule < {RULE}) for update
"""
INDEX = f"""
update beneficiary set phone_index = $2, address_index = $3, person_index = $4, to_index = false,
    index_rule = {RULE}
where id = $1
"""
DUE_PEOPLE = f"""
select id, created_at as due_at from beneficiary
where (to_index or index_rule < {RULE}) and created_at <= $1 order by created_at limit $2
"""


class PostgresDeskStore:
    """See app/desk_store.py."""

    def add_steps(
        self, tx: Transaction, wish_id: UUID, at: datetime, steps: Sequence[Step]
    ) -> None:
        tx.write(
            ADD_STEPS,
            wish_id,
            at,
            [step.method for step in steps],
            [step.done_at for step in steps],
            [step.spoke_with for step in steps],
            [" ".join(step.seen) for step in steps],
        )

    async def hand_over(
        self, tx: Transaction, wish: Wish, to: str, note: str, by: UUID, now: datetime
    ) -> None:
        await tx.execute(ADD_HAND_OVER, wish.id, wish.level, to, note, by, now)
        await tx.execute(LEAVE_QUEUE, wish.id, wish.handed_level)

    def add_building(self, tx: Transaction, building: Building, by: UUID, now: datetime) -> None:
        tx.write(
            *(ADD_BUILDING, building.id, building.area, building.name, by, now),
            refused={"building_name": BuildingKnown},
        )

    async def known_buildings(
        self, tx: Transaction, ids: Collection[UUID]
    ) -> Collection[tuple[str, UUID]]:
        return {(row["area"], row["id"]) for row in await tx.fetch(KNOWN_BUILDINGS, list(ids))}

    async def change_code(self, tx: Transaction, wish_id: UUID, code_hash: bytes, by: UUID) -> None:
        await tx.execute(CHANGE_CODE, wish_id, code_hash, by)

    async def person_to_index(self, tx: Transaction, person_id: UUID) -> Person | None:
        row = await tx.fetchrow(TO_INDEX, person_id)
        return Person(**dict(row)) if row else None

    async def index(self, tx: Transaction, person_id: UUID, indexes: Indexes | None) -> None:
        made = (indexes.phone, indexes.address, indexes.person) if indexes else (None, None, None)
        await tx.execute(INDEX, person_id, *made)
