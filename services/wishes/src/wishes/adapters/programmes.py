"""Programmes in PostgreSQL: named SQL with explicit columns."""

from datetime import datetime
from uuid import UUID

from chassis.db import Row, Transaction

from wishes.domain.errors import NoSuchProgramme
from wishes.domain.programme import Programme
from wishes.domain.wish import Events

COLUMNS = "id, area, name, brand, valid_from, valid_until, cap_fen, version, closed_at"
ADD = """
insert into programme (id, area, reach, name, brand, valid_from, valid_until, cap_fen, version,
    opened_by, opened_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
"""
LOCK = f"select {COLUMNS} from programme where id = $1 for update"
HOLD = f"select {COLUMNS} from programme where id = $1 for share"
# A programme has as many wishes as people can look after: they are summed, so no counter can be wrong.
# Of a wish that came true all that arrived counts, also what others brought before they gave it back.
GIVEN = """
select coalesce(sum(g.value_fen), 0)::bigint from wish w
join claim d on d.wish_id = w.id and d.state = 'done'
join claim c on c.wish_id = w.id and c.state in ('done', 'released') join gift g on g.claim_id = c.id
where w.programme_id = $1
"""
SAVE = "update programme set version = $2, closed_at = $3, closed_by = $4 where id = $1"


class PostgresProgrammeStore:
    """See app/programme_store.py."""

    def add(
        self, tx: Transaction, programme: Programme, events: Events, now: datetime, *, by: UUID
    ) -> None:
        tx.write(
            ADD,
            programme.id,
            programme.area,
            programme.reach,
            programme.name,
            programme.brand,
            programme.valid_from,
            programme.valid_until,
            programme.cap_fen,
            programme.version,
            by,
            now,
        )
        _tell(tx, programme, events)

    async def lock(self, tx: Transaction, programme_id: UUID) -> Programme:
        return await _one(tx, LOCK, programme_id)

    async def hold(self, tx: Transaction, programme_id: UUID) -> Programme:
        return await _one(tx, HOLD, programme_id)

    async def given_fen(self, tx: Transaction, programme_id: UUID) -> int:
        return await tx.fetchval(GIVEN, programme_id)

    async def save(
        self, tx: Transaction, programme: Programme, events: Events, *, by: UUID
    ) -> None:
        await tx.execute(SAVE, programme.id, programme.version, programme.closed_at, by)
        _tell(tx, programme, events)


async def _one(tx: Transaction, sql: str, programme_id: UUID) -> Programme:
    row = await tx.fetchrow(sql, programme_id)
    if row is None:
        raise NoSuchProgramme
    return programme_of(row)


def _tell(tx: Transaction, programme: Programme, events: Events) -> None:
    first = programme.version - len(events) + 1
    for version, event in enumerate(events, start=first):
        tx.emit(event, key=programme.id, version=version)


def programme_of(row: Row) -> Programme:
    return Programme(
        id=row["id"],
        area=row["area"],
        name=row["name"],
        brand=row["brand"],
        valid_from=row["valid_from"],
        valid_until=row["valid_until"],
        cap_fen=row["cap_fen"],
        version=row["version"],
        closed_at=row["closed_at"],
    )
