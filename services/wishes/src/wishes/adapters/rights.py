"""People and their requests in PostgreSQL."""

from collections.abc import Mapping, Sequence, Set
from datetime import datetime
from uuid import UUID

from chassis.db import Database, Row, Transaction
from contracts.fields import EventData

from wishes.adapters.kept import EVERYTHING, FORGET, FORGET_PERSON, SEEN, Section
from wishes.app.rights_store import Correction, Sealed
from wishes.domain.errors import NoSuchPerson, NoSuchRequest, RequestAlreadyOpen
from wishes.domain.person import RULE
from wishes.domain.rights import DataRequest, RequestState, Subject

DUE_REQUESTS = """
select id, next_at as due_at from data_request where next_at <= $1 order by next_at limit $2
"""
SUBJECT = """
select id, area, version, account_id, erased_at is not null as erased from beneficiary where id = $1
"""
LOCK = f"{SUBJECT} for update"
COLUMNS = """id, person_id, area, kind, state, filed_by, end_claims, filed_at, due_at, next_at, warned,
    checked_by, answered_by, answered_at, reason, filed_with"""
SAME = f"""
select id from beneficiary where id = $1
union
select o.id from beneficiary b join beneficiary o
    on o.area = b.area and coalesce(o.person_index, uuid_send(o.id)) = b.person_index
    and o.erased_at is null
where b.id = $1 and exists (
    select from wish w where w.beneficiary_id = b.id and ({SEEN})
)
order by id
"""
SEEN_AMONG = f"""
select distinct w.beneficiary_id as id from wish w where w.beneficiary_id = any($1) and ({SEEN})
"""
# Whoever else is found as the same person, seen or not.
LOCK_BESIDE = """
select w.id from wish me join beneficiary b on b.id = me.beneficiary_id
join beneficiary o on o.area = b.area
    and coalesce(o.person_index, uuid_send(o.id)) = coalesce(b.person_index, uuid_send(b.id))
join wish w on w.beneficiary_id = o.id
where me.id = $1 and (me.minor or $2) order by w.id for no key update of w
"""
CHILDS = f"""
select w.beneficiary_id, b.born, w.submitted_at
from wish w join beneficiary b on b.id = w.beneficiary_id
where w.beneficiary_id in ({SAME}) and w.minor and ({SEEN})
"""
NOT_CHILDS = f"""
select w.id from wish w
where w.beneficiary_id in ({SAME}) and not w.minor and ({SEEN}) order by w.id
"""
# A guardian answers for a child, and a proxy's word is worth as much as the consent it rests on.
SPEAKS = """
case s.kind when 'guardian' then w.minor else w.proxy_id is not null and coalesce((
    select c.given from consent c where c.wish_id = w.id and c.purpose = 'service'
    order by c.seq desc limit 1
), true) end
"""
SPEAKS_FOR = f"""
select exists (
    select from wish w join speaker s on s.wish_id = w.id
    where w.beneficiary_id = $2 and s.account_id = $1 and {SPEAKS}
)
"""
LOCK_SAME = """
select id, area, version, account_id, erased_at is not null as erased from beneficiary
where id = any($1) order by id for update
"""
TOGETHER = """
select person_id from data_request where id = $1
union select person_id from data_request where filed_with = $1
"""
OPEN_WITH = f"""
select {COLUMNS} from data_request where filed_with = $1 and answered_at is null order by id for update
"""
ERASING = """
select person_id from data_request
where person_id = any($1) and kind = 'erasure' and answered_at is null
"""
# A follow-up that is written at this moment has the key of its wish looked at: `for update` would wait for it,
# and it for us.
LOCK_WISHES = "select id from wish where beneficiary_id = any($1) order by id for no key update"
CAME_IN = "select id, submitted_at from wish where beneficiary_id = $1"
REQUEST = f"select {COLUMNS} from data_request where id = $1"
LOCK_REQUEST = f"{REQUEST} for update"
OPEN_REQUESTS = f"""
select {COLUMNS} from data_request where person_id = $1 and answered_at is null order by id for update
"""
ADD_REQUEST = """
insert into data_request (id, person_id, area, kind, state, filed_by, end_claims, filed_at, due_at,
    next_at, warned, checked_by, answered_by, answered_at, reason, wanted, filed_with)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)
"""
WANTED = "select wanted from data_request where id = $1"
SAVE_REQUEST = """
update data_request set state = $2, next_at = $3, warned = $4, checked_by = $5, answered_by = $6,
    answered_at = $7, reason = $8, wanted = case when $7::timestamptz is null then wanted end
where id = $1
"""
SAVE_VERSION = "update beneficiary set version = $2 where id = $1"
CORRECT = f"""
update beneficiary set name = coalesce($2, name), phone = case when not $10 then coalesce($3, phone) end,
    address = coalesce($4, address), born = coalesce($5, born), phone_index = $6,
    address_index = $7, person_index = $8, to_index = false, index_rule = {RULE},
    building_id = case when not $9 then building_id end
where id = $1
"""
PROXIES = """
select distinct proxy_id from wish where beneficiary_id = $1 and proxy_id is not null order by 1
"""


class PostgresRights:
    """See app/rights_store.py."""

    async def subject(self, db: Database | Transaction, person_id: UUID) -> Subject:
        return _subject(await db.fetchrow(SUBJECT, person_id))

    async def lock(self, tx: Transaction, person_id: UUID) -> Subject:
        return _subject(await tx.fetchrow(LOCK, person_id))

    async def same(self, db: Database | Transaction, person_id: UUID) -> Sequence[UUID]:
        return [row["id"] for row in await db.fetch(SAME, person_id)]

    async def speaks_for(
        self, db: Database | Transaction, account_id: UUID, person_id: UUID
    ) -> bool:
        return bool(await db.fetchval(SPEAKS_FOR, account_id, person_id))

    async def lock_same(self, tx: Transaction, person_id: UUID) -> Sequence[Subject]:
        people = await self.same(tx, person_id)
        if not people:
            raise NoSuchPerson
        return [_subject(row) for row in await tx.fetch(LOCK_SAME, people)]

    async def lock_corrected(self, tx: Transaction, person_id: UUID) -> Sequence[Subject]:
        people = await self.lock_same(tx, person_id)
        rows = await tx.fetch(SEEN_AMONG, [one.id for one in people if not one.erased])
        seen = {person_id, *(row["id"] for row in rows)}
        return [one for one in people if one.id in seen]

    async def lock_together(self, tx: Transaction, request_id: UUID) -> Sequence[Subject]:
        people = [row["person_id"] for row in await tx.fetch(TOGETHER, request_id)]
        return [_subject(row) for row in await tx.fetch(LOCK_SAME, people)]

    async def open_with(self, tx: Transaction, request_id: UUID) -> Sequence[DataRequest]:
        return [request_of(row) for row in await tx.fetch(OPEN_WITH, request_id)]

    async def erasing(self, tx: Transaction, people: Sequence[UUID]) -> Set[UUID]:
        return {row["person_id"] for row in await tx.fetch(ERASING, people)}

    async def lock_wishes(self, tx: Transaction, people: Sequence[UUID]) -> Sequence[UUID]:
        return [row["id"] for row in await tx.fetch(LOCK_WISHES, people)]

    async def lock_beside(self, tx: Transaction, wish_id: UUID, *, told: bool) -> None:
        await tx.fetch(LOCK_BESIDE, wish_id, told)

    async def childs(
        self, tx: Transaction, person_id: UUID
    ) -> Sequence[tuple[UUID, bytes | None, datetime]]:
        rows = await tx.fetch(CHILDS, person_id)
        return [(row["beneficiary_id"], row["born"], row["submitted_at"]) for row in rows]

    async def not_childs(self, tx: Transaction, person_id: UUID) -> Sequence[UUID]:
        return [row["id"] for row in await tx.fetch(NOT_CHILDS, person_id)]

    async def came_in(self, tx: Transaction, person_id: UUID) -> Mapping[UUID, datetime]:
        return {row["id"]: row["submitted_at"] for row in await tx.fetch(CAME_IN, person_id)}

    async def request(self, db: Database | Transaction, request_id: UUID) -> DataRequest:
        return _found(await db.fetchrow(REQUEST, request_id))

    async def lock_request(self, tx: Transaction, request_id: UUID) -> DataRequest:
        return _found(await tx.fetchrow(LOCK_REQUEST, request_id))

    async def open_requests(self, tx: Transaction, person_id: UUID) -> Sequence[DataRequest]:
        return [request_of(row) for row in await tx.fetch(OPEN_REQUESTS, person_id)]

    def add_request(self, tx: Transaction, request: DataRequest, wanted: bytes | None) -> None:
        tx.write(
            ADD_REQUEST,
            request.id,
            request.person_id,
            request.area,
            request.kind,
            request.state,
            request.filed_by,
            request.end_claims,
            request.filed_at,
            request.due_at,
            request.next_at,
            request.warned,
            request.checked_by,
            request.answered_by,
            request.answered_at,
            request.reason,
            wanted,
            request.filed_with,
            refused={"one_open_request": RequestAlreadyOpen},
        )

    async def wanted(self, tx: Transaction, request_id: UUID) -> bytes | None:
        return await tx.fetchval(WANTED, request_id)

    async def save_request(self, tx: Transaction, request: DataRequest) -> None:
        await tx.execute(
            SAVE_REQUEST,
            request.id,
            request.state,
            request.next_at,
            request.warned,
            request.checked_by,
            request.answered_by,
            request.answered_at,
            request.reason,
        )

    async def note(self, tx: Transaction, person: Subject, events: Sequence[EventData]) -> None:
        for version, event in enumerate(events, start=person.version - len(events) + 1):
            tx.emit(event, key=person.id, version=version)
        await tx.execute(SAVE_VERSION, person.id, person.version)

    async def correct(self, tx: Transaction, person_id: UUID, new: Correction) -> None:
        found = (new.indexes.phone, new.indexes.address, new.indexes.person)
        sealed = (new.name, new.phone, new.address, new.born)
        await tx.execute(CORRECT, person_id, *sealed, *found, new.moved, new.no_phone)

    async def forget(self, tx: Transaction, person_id: UUID, now: datetime) -> Sequence[UUID]:
        proxies = [row["proxy_id"] for row in await tx.fetch(PROXIES, person_id)]
        for statement in FORGET:
            await tx.execute(statement, person_id)
        await tx.execute(FORGET_PERSON, person_id, now)
        return proxies

    async def everything(
        self, tx: Transaction, people: Sequence[UUID]
    ) -> Mapping[str, Sequence[Sealed]]:
        return {
            section.name: [_sealed(section, row) for row in await tx.fetch(section.sql, people)]
            for section in EVERYTHING
        }


def request_of(row: Row) -> DataRequest:
    return DataRequest(
        id=row["id"],
        person_id=row["person_id"],
        area=row["area"],
        kind=row["kind"],
        state=RequestState(row["state"]),
        filed_at=row["filed_at"],
        due_at=row["due_at"],
        filed_by=row["filed_by"],
        end_claims=row["end_claims"],
        checked_by=row["checked_by"],
        answered_by=row["answered_by"],
        answered_at=row["answered_at"],
        reason=row["reason"],
        warned=row["warned"],
        next_at=row["next_at"],
        filed_with=row["filed_with"],
    )


def _subject(row: Row | None) -> Subject:
    if row is None:
        raise NoSuchPerson
    return Subject(row["id"], row["area"], row["version"], row["account_id"], row["erased"])


def _found(row: Row | None) -> DataRequest:
    if row is None:
        raise NoSuchRequest
    return request_of(row)


def _sealed(section: Section, row: Row) -> Sealed:
    plain = {k: v for k, v in row.items() if k not in section.sealed and k != section.under}
    sealed = {
        column: (name.format_map(dict(row)), row[column]) for column, name in section.sealed.items()
    }
    return Sealed(plain, row[section.under], sealed)
