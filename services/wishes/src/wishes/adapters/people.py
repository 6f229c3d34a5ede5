"""People beside a claim in PostgreSQL. See app/people_store.py."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from chassis.db import Transaction

ACCOUNT = "select account_id from beneficiary where id = $1"
# Each wish that is written down makes an entry of whoever it is for, and the account, or the household, stands
# at one of them. Asked from the side of the claimant, who has few: by the indexes on the account and on the
# volunteer, however many wishes the person has.
SAME_AS_PERSON = """
o.area = person.lives_in and coalesce(o.person_index, uuid_send(o.id)) = person.known_by
"""
CLOSE_TO = f"""
select exists (
    select from beneficiary o where o.account_id = any($2) and {SAME_AS_PERSON}
) as own, exists (
    select from household_member h join beneficiary o on o.household_id = h.household_id
    where h.volunteer_id = any($2) and {SAME_AS_PERSON}
) as household, coalesce(w.author_id = any($2), false) or exists (
    select from speaker s where s.wish_id = $1 and s.account_id = any($2)
) as wrote, coalesce(w.code_seen_by && $2, false) as saw_code
from wish w cross join lateral (
    select b.area as lives_in, coalesce(b.person_index, uuid_send(b.id)) as known_by
    from beneficiary b where b.id = w.beneficiary_id
) as person where w.id = $1
"""
# The person, whoever spoke for them or heard it, at intake and later, or was there when an earlier help
# was confirmed, and the others of the household.
SEALED_NAMES = """
select known.person_id, known.field, known.sealed
from wish w join beneficiary b on b.id = w.beneficiary_id
left join guardian_consent g on g.wish_id = w.id
cross join lateral (values
    (b.id, 'name', b.name), (b.id, 'address', b.address),
    (b.id, 'guardian_name', g.name), (b.id, 'guardian_witness', g.witness),
    (w.proxy_id, 'name', w.proxy_name), (w.proxy_id, 'witness', w.consent_witness)
) as known (person_id, field, sealed)
where w.id = $1 and known.sealed is not null
union all
select person_id, 'consent_witness', witness from consent
where wish_id = $1 and witness is not null
union all
select w.beneficiary_id, 'witness', f.witness_name
from wish w join wish any_of on any_of.beneficiary_id = w.beneficiary_id
join confirmation f on f.wish_id = any_of.id
where w.id = $1 and f.witness_name is not null
union all
select other.id, 'name', other.name
from wish w join beneficiary b on b.id = w.beneficiary_id
join beneficiary mine on mine.area = b.area
    and coalesce(mine.person_index, uuid_send(mine.id)) = coalesce(b.person_index, uuid_send(b.id))
join beneficiary other on other.household_id = mine.household_id
    and coalesce(other.person_index, uuid_send(other.id)) <> coalesce(b.person_index, uuid_send(b.id))
where w.id = $1 and other.erased_at is null
"""
MISSING = """
select asked from unnest($2::text[]) as asked where exists (
    select from unnest($1::uuid[]) as person where not exists (
        select from qualification q where q.volunteer_id = person and q.ask = asked
        and (q.valid_until is null or q.valid_until > $3)
    )
)
"""
COMPLAINED_OF = """
select exists (
    select from complaint where wish_id = any($1) and about = any($2)
    and outcome is distinct from 'not_found_true'
)
"""


class PostgresPeople:
    async def account_of(self, tx: Transaction, beneficiary_id: UUID) -> UUID | None:
        return await tx.fetchval(ACCOUNT, beneficiary_id)

    async def close_to(
        self, tx: Transaction, wish_id: UUID, among: Collection[UUID]
    ) -> tuple[bool, bool, bool, bool]:
        row = await tx.fetchrow(CLOSE_TO, wish_id, list(among))
        if row is None:
            return False, False, False, False
        return row["own"], row["household"], row["wrote"], row["saw_code"]

    async def complained_of(
        self, tx: Transaction, wishes: Collection[UUID], about: Collection[str]
    ) -> bool:
        return bool(await tx.fetchval(COMPLAINED_OF, list(wishes), list(about)))

    async def sealed_names(
        self, tx: Transaction, wish_id: UUID
    ) -> Sequence[tuple[UUID, str, bytes]]:
        rows = await tx.fetch(SEALED_NAMES, wish_id)
        return [(row["person_id"], row["field"], bytes(row["sealed"])) for row in rows]

    async def missing(
        self, tx: Transaction, volunteers: Collection[UUID], asks: Sequence[str], now: datetime
    ) -> tuple[str, ...]:
        # Nearly every wish asks for nothing.
        if not asks or not volunteers:
            return ()
        rows = await tx.fetch(MISSING, list(volunteers), list(asks), now)
        return tuple(row["asked"] for row in rows)
