"""Qualifications in PostgreSQL: named SQL with explicit columns."""

from uuid import UUID

from chassis.db import Row, Transaction

from volunteers.domain.errors import NoSuchQualification
from volunteers.domain.qualification import Qualification

COLUMNS = """id, volunteer_id, kind, code, valid_until, evidence, granted_by, granted_at, ended_as,
    ended_by, ended_at"""
HOLDER = "select volunteer_id from qualification where id = $1"
GET = f"select {COLUMNS} from qualification where id = $2 and volunteer_id = $1"
IN_FORCE = f"""
select {COLUMNS} from qualification
where volunteer_id = $1 and kind = $2 and code = $3 and ended_at is null
"""
ADD = """
insert into qualification (id, volunteer_id, kind, code, valid_until, evidence, granted_by, granted_at)
values ($1, $2, $3, $4, $5, $6, $7, $8)
"""
END = "update qualification set ended_as = $2, ended_by = $3, ended_at = $4 where id = $1"
OF_VOLUNTEER = f"""
select {COLUMNS} from qualification where volunteer_id = $1 order by id desc limit $2
"""
DUE = """
select id, valid_until as due_at from qualification
where ended_at is null and valid_until <= $1 order by valid_until limit $2
"""


class PostgresQualifications:
    async def holder(self, tx: Transaction, qualification_id: UUID) -> UUID | None:
        return await tx.fetchval(HOLDER, qualification_id)

    async def get(
        self, tx: Transaction, volunteer_id: UUID, qualification_id: UUID
    ) -> Qualification:
        row = await tx.fetchrow(GET, volunteer_id, qualification_id)
        if row is None:
            raise NoSuchQualification
        return qualification_of(row)

    async def in_force(
        self, tx: Transaction, volunteer_id: UUID, kind: str, code: str
    ) -> Qualification | None:
        row = await tx.fetchrow(IN_FORCE, volunteer_id, kind, code)
        return qualification_of(row) if row else None

    async def add(self, tx: Transaction, granted: Qualification) -> None:
        await tx.execute(
            ADD,
            granted.id,
            granted.volunteer_id,
            granted.kind,
            granted.code,
            granted.valid_until,
            granted.evidence,
            granted.granted_by,
            granted.granted_at,
        )

    async def end(self, tx: Transaction, over: Qualification) -> None:
        await tx.execute(END, over.id, over.ended_as, over.ended_by, over.ended_at)


def qualification_of(row: Row) -> Qualification:
    return Qualification(**dict(row))
