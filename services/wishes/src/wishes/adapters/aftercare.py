"""Evaluations, callbacks and complaints in PostgreSQL: named SQL with explicit columns."""

import secrets
from datetime import date, datetime
from uuid import NAMESPACE_URL, UUID, uuid5

import asyncpg
from chassis.db import Row, Transaction
from chassis.ids import uuid7
from chassis.privacy import Vault

from wishes.app.aftercare_store import Answered, Called, Evaluated, Said
from wishes.domain.complaint import Complaint
from wishes.domain.errors import AlreadyEvaluated, ComplaintOpen, NoSuchComplaint
from wishes.domain.sample import SEED_BYTES, commitment
from wishes.domain.wish import Claim, Wish

DUE_CALLBACKS = "select id, due_at from callback where due_at <= $1 order by due_at limit $2"
DUE_COMPLAINTS = "select id, due_at from complaint where due_at <= $1 order by due_at limit $2"
ACCOUNT = "select account_id from beneficiary where id = $1"
# Who acted stands in the history, also those who have left or given back since; the rest are those for
# whom somebody else acted, also where that was not right and was taken back. Each part by an index on the
# wish or on its few claims.
HELPED = """
held as (select id from claim where wish_id = $1),
helped as (
    select by_id as id from wish_history where wish_id = $1 and event in ('WishClaimed', 'ClaimJoined',
        'ClaimUnitJoined', 'ClaimContacted', 'VisitStarted', 'WishPartlyDelivered', 'WishDelivered')
    union all select v.started_by from visit v join held on held.id = v.claim_id
    union all select unnest(v.visitors) from visit v join held on held.id = v.claim_id
    union all select g.giver_id from gift g join held on held.id = g.claim_id
    union all select s.volunteer_id from service s join held on held.id = s.claim_id
    union all select helper_id from undone_help where wish_id = $1
)
"""
# By the index of household_member on the volunteer: as many as live under one roof.
NEAR = """
exists (select from {those} where id = $2)
    or exists (
        select from household_member mine
        join household_member theirs on theirs.household_id = mine.household_id
        join {those} on {those}.id = theirs.volunteer_id
        where mine.volunteer_id = $2
    )
"""
IS_NEAR_HELP = f"with {HELPED} select {NEAR.format(those='helped')}"
# Whoever did anything with the wish, but for what checks the help: who rang up or heard what the person
# thought of it may do so again, also where the wish went on for what they heard.
WAS_INVOLVED = f"""
with {HELPED}, involved as (
    select id from helped
    union all select h.by_id from wish_history h where h.wish_id = $1
        and h.event not in ('WishEvaluated', 'WishCalledBack', 'ComplaintFiled', 'ComplaintAnswered')
        and not (h.event = 'WishReopened' and exists (
            select from wish_history call
            where call.wish_id = $1 and call.version = h.version - 1 and call.event = 'WishCalledBack'
        ))
    union all select unnest(array[asked_by, answered_by]) from overrule where wish_id = $1
    union all select noted_by from guardian_consent where wish_id = $1
    union all select uploaded_by from attachment where wish_id = $1
    union all select author_id from wish where id = $1
    union all select account_id from speaker where wish_id = $1
    union all select by_id from confirmation where wish_id = $1
    union all select witness_id from confirmation where wish_id = $1
    union all select account_id from beneficiary where id = $3
)
select {NEAR.format(those="involved")}
    or exists (
        select from beneficiary b join household_member m on m.household_id = b.household_id
        where b.id = $3 and m.volunteer_id = $2
    )
"""
ADD_EVALUATION = """
insert into evaluation (id, wish_id, claim_id, fulfilled_event_id, score, means, by_proxy, by_id,
    remark, at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
"""
SEED = "select seed from callback_seed where district = $1 and month = $2"
# The first who needs it makes it; another at the same moment waits here and then reads that one.
MAKE_SEED = """
insert into callback_seed (district, month, commitment, seed) values ($1, $2, $3, $4)
on conflict (district, month) do nothing
"""
ADD_CALLBACK = """
insert into callback (id, wish_id, claim_id, area, drawn_at, due_by, due_at)
values ($1, $2, $3, $4, $5, $6, $6)
on conflict (wish_id) where outcome is null do update set claim_id = excluded.claim_id,
    drawn_at = excluded.drawn_at, due_by = excluded.due_by, due_at = excluded.due_at, late = false
"""
ADD_CALL = """
insert into callback_call (id, wish_id, outcome, called_by, note, at) values ($1, $2, $3, $4, $5, $6)
"""
ANSWER_CALLBACK = """
update callback set outcome = $2, answered_at = $3, due_at = null
where wish_id = $1 and outcome is null
"""
DAYS_IN_VAIN = """
select count(distinct (c.at at time zone 'Asia/Shanghai')::date)
from callback b join callback_call c on c.wish_id = b.wish_id and c.at >= b.drawn_at
where b.wish_id = $1 and b.outcome is null and c.outcome = 'not_reached'
    and (c.at at time zone 'Asia/Shanghai')::date < $2
"""
GIVE_UP = """
with given_up as (
    update callback set outcome = 'not_reached', answered_at = $2, due_at = null
    where wish_id = $1 and outcome is null returning area, drawn_at
)
insert into callback_in_vain as v (district, month, wishes)
select left(area, 6), to_char(drawn_at at time zone 'Asia/Shanghai', 'YYYY-MM'), 1 from given_up
on conflict (district, month) do update set wishes = v.wishes + 1
"""
IS_SERVED = """
select coalesce((
    select given from consent where wish_id = $1 and purpose = 'service' order by seq desc limit 1
), true)
"""
WISH_OF_CALLBACK = "select wish_id from callback where id = $1"
MARK_LATE = """
update callback set late = true, due_at = null where id = $1 and outcome is null and due_at <= $2
"""
FORGET_MOMENT = "update callback set due_at = null where id = $1"
ADD_COMPLAINT = """
insert into complaint (id, wish_id, area, about, level, words, filed_by, filed_at, due_by, due_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
"""
WISH_OF_COMPLAINT = "select wish_id from complaint where id = $1"
COMPLAINT = """
select id, wish_id, area, about, level, filed_at, due_by, due_at, answered_at
from complaint where id = $1
"""
SAVE_COMPLAINT = """
update complaint set level = $2, due_by = $3, due_at = $4, answered_at = $5, outcome = $6,
    answered_by = $7, answer = $8
where id = $1
"""
EVALUATIONS = """
select id, score, means, by_proxy, remark, at from evaluation where wish_id = $1 order by at
"""
CALLS = """
select id, outcome, called_by, note, at from callback_call where wish_id = $1 order by at
"""
COMPLAINTS = """
select id, about, level, words, filed_at, outcome, answer from complaint
where wish_id = $1 order by filed_at
"""


class PostgresAftercareStore:
    """See app/aftercare_store.py. Remembers seeds that were committed; they never change."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault
        self._seeds: dict[tuple[str, str], bytes] = {}

    async def account_of(self, tx: Transaction, beneficiary_id: UUID) -> UUID | None:
        return await tx.fetchval(ACCOUNT, beneficiary_id)

    async def was_involved(self, tx: Transaction, wish: Wish, person: UUID) -> bool:
        return await tx.fetchval(WAS_INVOLVED, wish.id, person, wish.beneficiary_id)

    async def is_near_help(self, tx: Transaction, wish: Wish, person: UUID) -> bool:
        return await tx.fetchval(IS_NEAR_HELP, wish.id, person)

    def add_evaluation(
        self, tx: Transaction, wish: Wish, claim: Claim, said: Evaluated, now: datetime
    ) -> None:
        tx.write(
            ADD_EVALUATION,
            said.id,
            wish.id,
            claim.id,
            wish.fulfilled_event_id,
            said.score,
            said.means,
            said.by_proxy,
            said.by,
            said.remark,
            now,
            refused={"one_evaluation_per_fulfilment": AlreadyEvaluated},
        )

    async def seed(self, tx: Transaction, district: str, month: str) -> bytes:
        known = self._seeds.get((district, month))
        if known is not None:
            return known
        keeper = seed_keeper(district)
        row = await tx.fetchrow(SEED, district, month)
        if row is None:
            seed = secrets.token_bytes(SEED_BYTES)
            sealed = await self._vault.seal(tx, keeper, {month: seed.hex()})
            await tx.execute(MAKE_SEED, district, month, commitment(seed), sealed[month])
            row = await tx.fetchrow(SEED, district, month)
            if row is None:
                raise LookupError("a seed that was made is not there")
            # Not remembered yet: if this transaction is undone, another one makes another seed.
            return await self._open(tx, keeper, month, row)
        seed = await self._open(tx, keeper, month, row)
        self._seeds[district, month] = seed
        return seed

    async def _open(self, tx: Transaction, keeper: UUID, month: str, row: Row) -> bytes:
        opened = await self._vault.open(tx, keeper, {month: row["seed"]})
        return bytes.fromhex(opened[month] or "")

    def add_callback(
        self, tx: Transaction, wish: Wish, claim: Claim, due_by: datetime, now: datetime
    ) -> None:
        tx.write(ADD_CALLBACK, uuid7(), wish.id, claim.id, wish.area, now, due_by)

    async def days_in_vain(self, tx: Transaction, wish_id: UUID, before: date) -> int:
        return await tx.fetchval(DAYS_IN_VAIN, wish_id, before)

    async def add_call(
        self, tx: Transaction, wish: Wish, call: Called, now: datetime, *, given_up: bool
    ) -> None:
        await tx.execute(ADD_CALL, call.id, wish.id, call.outcome, call.by, call.note, now)
        if given_up:
            await tx.execute(GIVE_UP, wish.id, now)
        elif call.outcome != "not_reached":
            await tx.execute(ANSWER_CALLBACK, wish.id, call.outcome, now)

    async def is_served(self, tx: Transaction, wish_id: UUID) -> bool:
        return bool(await tx.fetchval(IS_SERVED, wish_id))

    async def wish_of_callback(self, tx: Transaction, callback_id: UUID) -> UUID | None:
        return await tx.fetchval(WISH_OF_CALLBACK, callback_id)

    async def mark_late(self, tx: Transaction, callback_id: UUID, now: datetime) -> None:
        await tx.execute(MARK_LATE, callback_id, now)

    async def forget_moment(self, tx: Transaction, callback_id: UUID) -> None:
        await tx.execute(FORGET_MOMENT, callback_id)

    async def add_complaint(
        self, tx: Transaction, complaint: Complaint, words: bytes, by: UUID | None
    ) -> None:
        try:
            await tx.execute(
                ADD_COMPLAINT,
                complaint.id,
                complaint.wish_id,
                complaint.area,
                complaint.about,
                complaint.level,
                words,
                by,
                complaint.filed_at,
                complaint.due_by,
                complaint.due_at,
            )
        except asyncpg.UniqueViolationError as error:
            if error.constraint_name != "one_open_complaint":
                raise
            raise ComplaintOpen from None

    async def wish_of_complaint(self, tx: Transaction, complaint_id: UUID) -> UUID:
        wish_id = await tx.fetchval(WISH_OF_COMPLAINT, complaint_id)
        if wish_id is None:
            raise NoSuchComplaint
        return wish_id

    async def complaint(self, tx: Transaction, complaint_id: UUID) -> Complaint:
        row = await tx.fetchrow(COMPLAINT, complaint_id)
        if row is None:
            raise NoSuchComplaint
        return complaint_of(row)

    async def save_complaint(
        self, tx: Transaction, complaint: Complaint, answered: Answered | None = None
    ) -> None:
        await tx.execute(
            SAVE_COMPLAINT,
            complaint.id,
            complaint.level,
            complaint.due_by,
            complaint.due_at,
            complaint.answered_at,
            answered and answered.outcome,
            answered and answered.by,
            answered and answered.words,
        )

    async def said(self, tx: Transaction, wish_id: UUID) -> Said:
        return Said(
            [dict(row) for row in await tx.fetch(EVALUATIONS, wish_id)],
            [dict(row) for row in await tx.fetch(CALLS, wish_id)],
            [dict(row) for row in await tx.fetch(COMPLAINTS, wish_id)],
        )


def seed_keeper(district: str) -> UUID:
    """Under this id the vault keeps the key that a district's seeds are sealed with."""
    return uuid5(NAMESPACE_URL, f"wishtree:callback-seed:{district}")


def complaint_of(row: Row) -> Complaint:
    return Complaint(
        id=row["id"],
        wish_id=row["wish_id"],
        area=row["area"],
        about=row["about"],
        filed_at=row["filed_at"],
        due_by=row["due_by"],
        level=row["level"],
        due_at=row["due_at"],
        answered_at=row["answered_at"],
    )
