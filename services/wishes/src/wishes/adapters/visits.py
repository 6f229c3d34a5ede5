"""Visits in PostgreSQL. See app/visit_store.py."""

from uuid import UUID

from chassis.db import Row, Transaction

from wishes.domain.errors import NoSuchVisit, VisitUnderWay
from wishes.domain.visiting import TRIES, Visit

COLUMNS = """v.id, v.wish_id, v.claim_id, v.number, v.visitors, v.two_people, v.started_by,
    v.started_at, v.back_by, v.tries, v.checked_at, v.ended_at, v.due_at"""
WISH_OF = "select wish_id from visit where id = $1"
ONE = f"select {COLUMNS} from visit v where v.id = $1"
LOCK = f"select {COLUMNS} from visit v where v.id = $1 for update"
NEXT_NUMBER = "select coalesce(max(number), 0) + 1 from visit where claim_id = $1"
UNDER_WAY = f"""
select {COLUMNS} from claim c join visit v on v.claim_id = c.id
where c.wish_id = $1 and c.state <> 'released' and v.ended_at is null
"""
# What was not right is done anew, and so is the visit: the partner may have left since.
TWO_WENT = """
select exists (
    select from visit v where v.claim_id = $1 and cardinality(v.visitors) > 1 and v.started_at > coalesce((
        select max(h.at) from wish_history h where h.wish_id = v.wish_id and h.event = 'WishReopened'
    ), '-infinity')
)
"""
TAKE_TRY = """
update visit set tries = case when tried = $3 then tries else tries + 1 end, tried = $3
where id = $1 and (tries < $2 or tried = $3) and checked_at is null and ended_at is null returning tries
"""
ADD = """
insert into visit (id, wish_id, claim_id, number, visitors, two_people, started_by, started_at, back_by,
    due_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
"""
SAVE = "update visit set checked_at = $2, ended_at = $3, due_at = $4 where id = $1"
DUE_VISITS = "select id, due_at from visit where due_at <= $1 order by due_at limit $2"


class PostgresVisits:
    async def wish_of(self, tx: Transaction, visit_id: UUID) -> UUID:
        wish_id: UUID | None = await tx.fetchval(WISH_OF, visit_id)
        if wish_id is None:
            raise NoSuchVisit
        return wish_id

    async def lock(self, tx: Transaction, visit_id: UUID) -> Visit:
        row = await tx.fetchrow(LOCK, visit_id)
        if row is None:
            raise NoSuchVisit
        return visit_of(row)

    async def next_number(self, tx: Transaction, claim_id: UUID) -> int:
        return await tx.fetchval(NEXT_NUMBER, claim_id)

    async def under_way(self, tx: Transaction, wish_id: UUID) -> Visit | None:
        row = await tx.fetchrow(UNDER_WAY, wish_id)
        return visit_of(row) if row else None

    async def two_went(self, tx: Transaction, claim_id: UUID) -> bool:
        return await tx.fetchval(TWO_WENT, claim_id)

    async def take_try(self, tx: Transaction, visit_id: UUID, guess: bytes) -> int | None:
        return await tx.fetchval(TAKE_TRY, visit_id, TRIES, guess)

    def add(self, tx: Transaction, visit: Visit) -> None:
        tx.write(
            ADD,
            visit.id,
            visit.wish_id,
            visit.claim_id,
            visit.number,
            list(visit.visitors),
            visit.two_people,
            visit.started_by,
            visit.started_at,
            visit.back_by,
            visit.due_at,
            refused={"one_visit_at_a_time": VisitUnderWay},
        )

    def save(self, tx: Transaction, visit: Visit) -> None:
        tx.write(SAVE, visit.id, visit.checked_at, visit.ended_at, visit.due_at)


def visit_of(row: Row) -> Visit:
    return Visit(
        id=row["id"],
        wish_id=row["wish_id"],
        claim_id=row["claim_id"],
        number=row["number"],
        visitors=tuple(row["visitors"]),
        started_by=row["started_by"],
        started_at=row["started_at"],
        back_by=row["back_by"],
        two_people=row["two_people"],
        tries=row["tries"],
        checked_at=row["checked_at"],
        ended_at=row["ended_at"],
        due_at=row["due_at"],
    )
