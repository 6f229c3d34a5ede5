"""Who waits and who was served, a row a person, and how many stand in each bucket.

Whose row is to be looked at again (`standing_due`) follows from the steps of their wishes (tally.py) and
from who somebody is found out to be; here it is counted anew from the person's own wishes, so that nothing that was missed stays wrong. One process at a time does it, so the
sums need no lock of their own. They are as old as the last look, some seconds.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from operator import attrgetter
from uuid import UUID

from chassis.clock import Clock
from chassis.db import Database, Row, Transaction

from wishes.adapters.tally import fold
from wishes.domain.fairness import Bucket, standing

AT_ONCE = 500
"""People in one transaction."""
LOCK = "select pg_try_advisory_xact_lock(hashtext('wishtree.standing'), 0)"
# Whose row is to be looked at: by a command, or because time has moved on.
DUE = """
with told as (
    delete from standing_due where ctid = any(array(select ctid from standing_due limit $1))
    returning area, person
)
select area, person, (select count(*) from told) as told from (
    select area, person from told union (
        select area, person from standing where changes_at <= $2 order by changes_at limit $1
    )
) as due
"""
# A statement of its own, after the one that took the rows away: it sees all that they were about. Person
# by person, so that it goes by the indexes whatever is known of the tables: a plan made while they were
# small read them through for as long as the connection lived.
COUNTED = """
select d.area, d.person, counted.*
from unnest($1::text[], $2::bytea[]) as d (area, person), lateral (
    select count(*) filter (where class = 'open') as open,
        min(submitted_at) filter (where class = 'open') as waits_since,
        coalesce(array_agg(fulfilled_at) filter (
            where class = 'over' and fulfilled_at is not null and follows_wish_id is null
        ), '{}') as served_at,
        (array_agg(id order by class = 'open' desc nulls last,
            case when class = 'open' then submitted_at end, fulfilled_at desc nulls last
        ))[1] as wish_id
    from (
        select standing_class(w.state) as class, w.id, submitted_at, fulfilled_at, follows_wish_id
        from beneficiary b join wish w on w.beneficiary_id = b.id
        where b.area = d.area and coalesce(b.person_index, uuid_send(b.id)) = d.person offset 0
    ) as theirs
) as counted
"""
TAKE = """
delete from standing using unnest($1::text[], $2::bytea[]) as d (area, person)
where standing.area = d.area and standing.person = d.person returning standing.area, standing.bucket
"""
PUT = """
insert into standing (area, person, bucket, open, in_year, since, wish_id, changes_at)
select * from unnest($1::text[], $2::bytea[], $3::text[], $4::int[], $5::int[], $6::timestamptz[],
    $7::uuid[], $8::timestamptz[])
"""
# Not by one upsert: its inserted half would be checked first, with a number below zero.
OPEN_LINES = """
insert into beneficiary_tally (area, bucket, people)
select area, bucket, 0 from unnest($1::text[], $2::text[]) as line (area, bucket) on conflict do nothing
"""
CHANGE_LINES = """
update beneficiary_tally t set people = t.people + d.change
from unnest($1::text[], $2::text[], $3::bigint[]) as d (area, bucket, change)
where t.area = d.area and t.bucket = d.bucket
"""


@dataclass(frozen=True)
class _Found:
    """One person who has a place in a bucket."""

    area: str
    person: bytes
    bucket: Bucket
    open: int
    in_year: int
    since: datetime
    wish_id: UUID
    changes_at: datetime | None


# Not by `astuple`, which copies every value deeply.
_values = attrgetter(*(field.name for field in fields(_Found)))


class Standings:
    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    async def look(self) -> None:
        """See to everybody who is to be looked at now. Raises Transient."""
        await fold(self._db)
        while await self._some():
            pass

    async def _some(self) -> bool:
        """Whether there may be more; no while another process is at it."""
        now = self._clock()
        async with self._db.transaction() as tx:
            if not await tx.fetchval(LOCK):
                return False
            due = await tx.fetch(DUE, AT_ONCE, now)
            if due:
                areas, people = [row["area"] for row in due], [row["person"] for row in due]
                rows = await tx.fetch(COUNTED, areas, people)
                found = [one for row in rows if (one := _found(row, now)) is not None]
                gone = await tx.fetch(TAKE, areas, people)
                await _keep(tx, found, [(row["area"], row["bucket"]) for row in gone])
        return len(due) >= AT_ONCE or any(row["told"] >= AT_ONCE for row in due)


def _found(row: Row, now: datetime) -> _Found | None:
    stands = standing(row["waits_since"], row["served_at"], now)
    if stands.bucket is None:
        return None
    return _Found(
        row["area"],
        row["person"],
        stands.bucket,
        row["open"],
        stands.in_year,
        row["waits_since"] or max(row["served_at"]),
        row["wish_id"],
        stands.changes_at,
    )


async def _keep(tx: Transaction, found: Sequence[_Found], gone: Sequence[tuple[str, str]]) -> None:
    """The rows as they are now, and the sums moved by what has changed."""
    columns = list(map(list, zip(*map(_values, found), strict=True)))
    if columns:
        await tx.execute(PUT, *columns)
    changes = Counter((one.area, str(one.bucket)) for one in found)
    changes.subtract(gone)
    lines = sorted((area, bucket, n) for (area, bucket), n in changes.items() if n)
    if lines:
        areas, buckets, numbers = map(list, zip(*lines, strict=True))
        await tx.execute(OPEN_LINES, areas, buckets)
        await tx.execute(CHANGE_LINES, areas, buckets, numbers)
