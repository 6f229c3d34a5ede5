"""Wishes in PostgreSQL: named SQL with explicit columns."""

from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID

import asyncpg
from chassis.db import Database, Row, Transaction
from chassis.ids import uuid7
from contracts.fields import Gift, Giver, Service
from orjson import loads

from wishes.app.store import Person, Private, Told
from wishes.domain.errors import AlreadyClaimed, NoSuchClaim, NoSuchWish
from wishes.domain.states import ClaimState, WishState
from wishes.domain.wish import Claim, Events, Wish

TRIES = 5
LOCK_FOR = timedelta(minutes=15)
BLOSSOM_DAYS = 90

COLUMNS = """id, card_no, area, category, channel, beneficiary_id, state, version, effort,
    proxy_id is not null as by_proxy, follows_wish_id, follow_up_reason, verified_by, published_by,
    leaf, fulfilled_event_id"""
LOCK = f"select {COLUMNS} from wish where id = $1 for update"
LOCK_BY_CARD = f"select {COLUMNS}, code_hash from wish where card_no = $1 for update"
LOCK_BY_CLAIM = f"""
select {COLUMNS} from wish where id = (select wish_id from claim where id = $1) for update
"""
CLAIM_COLUMNS = """c.id, c.wish_id, c.state, c.claimant_kind, c.claimant_id, c.claimed_by,
    c.contact_by, c.fulfil_by,
    array(select volunteer_id from claim_helper h where h.claim_id = c.id order by joined_at, 1)
        as helpers,
    (select coalesce(json_agg(json_build_object('giver',
        json_build_object('kind', giver_kind, 'id', giver_id), 'item', item,
        'quantity', quantity, 'value_fen', value_fen) order by line), '[]') from gift g
        where g.claim_id = c.id)::text as gifts,
    (select coalesce(json_agg(json_build_object('volunteer_id', volunteer_id, 'minutes', minutes)
        order by volunteer_id), '[]') from service s where s.claim_id = c.id)::text as services"""
CLAIM_BY_ID = f"select {CLAIM_COLUMNS} from claim c where c.id = $1"
CURRENT_CLAIM = f"""
select {CLAIM_COLUMNS} from claim c where c.wish_id = $1 and c.state <> 'released'
order by c.claimed_at desc limit 1
"""
BENEFICIARY = "select id, area, name, phone, address from beneficiary where id = $1"
ADD_BENEFICIARY = """
insert into beneficiary (id, area, name, phone, address, created_at) values ($1, $2, $3, $4, $5, $6)
"""
ADD_WISH = """
insert into wish (id, card_no, code_hash, area, category, channel, state, version, beneficiary_id,
    words, proxy_id, proxy_name, proxy_phone, proxy_relation, consent_kind, consent_reference,
    consent_given_at, follows_wish_id, follow_up_reason, submitted_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)
on conflict (card_no) do nothing returning true
"""
ADD_VERIFICATION = """
insert into verification
    (wish_id, at, verified_by, method, identity_checked, need_checked, consent_checked)
values ($1, $2, $3, $4, true, true, true)
"""
ADD_CLAIM = """
insert into claim (id, wish_id, state, claimant_kind, claimant_id, claimed_by, contact_by, fulfil_by,
    claimed_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
"""
ADD_HELPER = "insert into claim_helper (claim_id, volunteer_id, joined_at) values ($1, $2, $3)"
ADD_GIFT = """
insert into gift (claim_id, line, giver_kind, giver_id, item, name, quantity, value_fen)
values ($1, $2, $3, $4, $5, $6, $7, $8)
"""
ADD_SERVICE = "insert into service (claim_id, volunteer_id, minutes) values ($1, $2, $3)"
CLEAR_GIFTS = "delete from gift where claim_id = $1"
CLEAR_SERVICES = "delete from service where claim_id = $1"
ADD_CONFIRMATION = """
insert into confirmation (id, wish_id, claim_id, method, answer, reason, by_id, witness_name,
    witness_relation, note, at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
"""
# One publication at a time on one tree: two at once would choose the same place.
LOCK_TREE = "select pg_advisory_xact_lock(hashtext('wishes.tree'), hashtext($1))"
HANGING = "select leaf from wish where area = $1 and hanging"
DROP_BLOSSOMS = """
update wish set hanging = false where id in (
    select id from wish where area = $1 and hanging and state = 'fulfilled'
    and (fulfilled_at < $2 or (select count(*) from wish where area = $1 and hanging) >= 320)
    order by fulfilled_at limit greatest(1, (
        select count(*) from wish where area = $1 and hanging and state = 'fulfilled'
        and fulfilled_at < $2))
)
"""
HANG = "update wish set title = $2, note = $3, posted_at = $4, hanging = true where id = $1"
SAVE = """
update wish set state = $2, version = $3, effort = $4, verified_by = $5, published_by = $6, leaf = $7,
    fulfilled_event_id = $8,
    fulfilled_at = case when $2 = 'fulfilled' then coalesce(fulfilled_at, $9) end,
    hanging = hanging and $2 not in ('withdrawn', 'returned')
where id = $1
"""
SAVE_CLAIM = """
update claim set state = $2, delivered_at = case when $2 = 'delivered' then $3 else delivered_at end
where id = $1
"""
ADD_HISTORY = """
insert into wish_history (wish_id, version, event_id, event, at) values ($1, $2, $3, $4, $5)
"""
GIVER = "select area from giver where id = $1 and kind = $2 and active"
MEMBERS = """
select id from giver where organisation_id = $1 and kind = 'volunteer' and active and id = any($2)
"""
WRONG_TRY = """
insert into card_tries as t (card_no, wrong) values ($1, 1)
on conflict (card_no) do update set
    wrong = case when t.locked_until < $2 then 1 else t.wrong + 1 end,
    locked_until = case when t.locked_until < $2 then null
                        when t.wrong + 1 >= $3 then $4 else t.locked_until end
"""
LOCKED_UNTIL = "select locked_until from card_tries where card_no = $1"
FORGET_TRIES = "delete from card_tries where card_no = $1"


class PostgresWishStore:
    """See app/store.py. `db` is only for what must survive a refusal: counting wrong tries."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def lock(self, tx: Transaction, wish_id: UUID) -> Wish:
        row = await tx.fetchrow(LOCK, wish_id)
        if row is None:
            raise NoSuchWish
        return wish_of(row)

    async def lock_by_claim(self, tx: Transaction, claim_id: UUID) -> tuple[Wish, Claim]:
        row = await tx.fetchrow(LOCK_BY_CLAIM, claim_id)
        if row is None:
            raise NoSuchClaim
        # Read after the lock: before it, the claim may still be changed by somebody else.
        claim = await tx.fetchrow(CLAIM_BY_ID, claim_id)
        if claim is None:
            raise NoSuchClaim
        return wish_of(row), claim_of(claim)

    async def lock_by_card(self, tx: Transaction, card_no: str) -> tuple[Wish, bytes] | None:
        row = await tx.fetchrow(LOCK_BY_CARD, card_no)
        return (wish_of(row), bytes(row["code_hash"])) if row else None

    async def current_claim(self, tx: Transaction, wish_id: UUID) -> Claim | None:
        row = await tx.fetchrow(CURRENT_CLAIM, wish_id)
        return claim_of(row) if row else None

    async def beneficiary(self, tx: Transaction, person_id: UUID) -> Person:
        row = await tx.fetchrow(BENEFICIARY, person_id)
        if row is None:
            raise NoSuchWish
        return Person(row["id"], row["area"], row["name"], row["phone"], row["address"])

    async def add_beneficiary(self, tx: Transaction, person: Person, now: datetime) -> None:
        await tx.execute(
            ADD_BENEFICIARY, person.id, person.area, person.name, person.phone, person.address, now
        )

    async def add(self, tx: Transaction, wish: Wish, private: Private, now: datetime) -> bool:
        """False when the card number is taken: draw another one."""
        return bool(
            await tx.fetchval(
                ADD_WISH,
                wish.id,
                wish.card_no,
                private.code_hash,
                wish.area,
                wish.category,
                wish.channel,
                wish.state,
                wish.version,
                wish.beneficiary_id,
                private.words,
                private.proxy_id,
                private.proxy_name,
                private.proxy_phone,
                private.proxy_relation,
                private.consent_kind,
                private.consent_reference,
                private.consent_given_at,
                wish.follows_wish_id,
                wish.follow_up_reason,
                now,
            )
        )

    async def add_verification(
        self, tx: Transaction, wish_id: UUID, by: UUID, method: str, now: datetime
    ) -> None:
        await tx.execute(ADD_VERIFICATION, wish_id, now, by, method)

    async def add_claim(self, tx: Transaction, claim: Claim, now: datetime) -> None:
        try:
            await tx.execute(
                ADD_CLAIM,
                claim.id,
                claim.wish_id,
                claim.state,
                claim.claimant.kind,
                claim.claimant.id,
                claim.claimed_by,
                claim.contact_by,
                claim.fulfil_by,
                now,
            )
        except asyncpg.UniqueViolationError:
            raise AlreadyClaimed from None

    async def add_helper(self, tx: Transaction, claim_id: UUID, who: UUID, now: datetime) -> None:
        await tx.execute(ADD_HELPER, claim_id, who, now)

    async def add_delivery(
        self, tx: Transaction, claim: Claim, names: Collection[str], now: datetime
    ) -> None:
        gifts = [
            (claim.id, line, g.giver.kind, g.giver.id, g.item, name, g.quantity, g.value_fen)
            for line, (g, name) in enumerate(zip(claim.gifts, names, strict=True), start=1)
        ]
        await tx.executemany(ADD_GIFT, gifts)
        services = [(claim.id, s.volunteer_id, s.minutes) for s in claim.services]
        await tx.executemany(ADD_SERVICE, services)

    async def clear_delivery(self, tx: Transaction, claim_id: UUID) -> None:
        await tx.execute(CLEAR_GIFTS, claim_id)
        await tx.execute(CLEAR_SERVICES, claim_id)

    async def add_confirmation(
        self, tx: Transaction, wish_id: UUID, claim_id: UUID, told: Told, now: datetime
    ) -> None:
        await tx.execute(
            ADD_CONFIRMATION,
            uuid7(),
            wish_id,
            claim_id,
            told.method,
            told.answer,
            told.reason,
            told.by,
            told.witness_name,
            told.witness_relation,
            told.note,
            now,
        )

    async def hanging(self, tx: Transaction, area: str) -> set[int]:
        await tx.execute(LOCK_TREE, area)
        return {row["leaf"] for row in await tx.fetch(HANGING, area)}

    async def drop_oldest_blossoms(self, tx: Transaction, area: str, now: datetime) -> None:
        await tx.execute(DROP_BLOSSOMS, area, now - timedelta(days=BLOSSOM_DAYS))

    async def hang(
        self, tx: Transaction, wish: Wish, title: str, note: str | None, now: datetime
    ) -> None:
        await tx.execute(HANG, wish.id, title, note, now)

    async def save(
        self, tx: Transaction, wish: Wish, events: Events, now: datetime, claim: Claim | None = None
    ) -> list[UUID]:
        """The new state and its events; the ids of the events in order."""
        first = wish.version - len(events) + 1
        ids = [
            tx.emit(event, key=wish.id, version=first + number)
            for number, event in enumerate(events)
        ]
        fulfilled = wish.fulfilled_event_id
        if wish.state is WishState.FULFILLED and ids:
            fulfilled = ids[-1]
        await tx.execute(
            SAVE,
            wish.id,
            wish.state,
            wish.version,
            wish.effort,
            wish.verified_by,
            wish.published_by,
            wish.leaf,
            fulfilled,
            now,
        )
        if claim is not None:
            await tx.execute(SAVE_CLAIM, claim.id, claim.state, now)
        lines = [
            (wish.id, first + number, ids[number], type(event).__name__, now)
            for number, event in enumerate(events)
        ]
        await tx.executemany(ADD_HISTORY, lines)
        return ids

    async def giver(self, tx: Transaction, giver_id: UUID, kind: str) -> str | None:
        """The area of an active volunteer or unit; None for anybody else."""
        return await tx.fetchval(GIVER, giver_id, kind)

    async def members(
        self, tx: Transaction, organisation_id: UUID, among: Collection[UUID]
    ) -> frozenset[UUID]:
        rows = await tx.fetch(MEMBERS, organisation_id, list(among))
        return frozenset(row["id"] for row in rows)

    async def wrong_try(self, card_no: str, now: datetime) -> None:
        """Counted in a transaction of its own: the refusal that follows rolls the other one back."""
        async with self._db.transaction() as tx:
            await tx.execute(WRONG_TRY, card_no, now, TRIES, now + LOCK_FOR)

    async def locked_until(self, tx: Transaction, card_no: str) -> datetime | None:
        return await tx.fetchval(LOCKED_UNTIL, card_no)

    async def forget_tries(self, tx: Transaction, card_no: str) -> None:
        await tx.execute(FORGET_TRIES, card_no)


def wish_of(row: Row) -> Wish:
    return Wish(
        id=row["id"],
        card_no=row["card_no"],
        area=row["area"],
        category=row["category"],
        channel=row["channel"],
        beneficiary_id=row["beneficiary_id"],
        state=WishState(row["state"]),
        version=row["version"],
        effort=row["effort"],
        by_proxy=row["by_proxy"],
        follows_wish_id=row["follows_wish_id"],
        follow_up_reason=row["follow_up_reason"],
        verified_by=row["verified_by"],
        published_by=row["published_by"],
        leaf=row["leaf"],
        fulfilled_event_id=row["fulfilled_event_id"],
    )


def claim_of(row: Row) -> Claim:
    return Claim(
        id=row["id"],
        wish_id=row["wish_id"],
        state=ClaimState(row["state"]),
        claimant=Giver(kind=row["claimant_kind"], id=row["claimant_id"]),
        claimed_by=row["claimed_by"],
        contact_by=row["contact_by"],
        fulfil_by=row["fulfil_by"],
        helpers=tuple(row["helpers"]),
        gifts=tuple(Gift.model_validate(gift) for gift in loads(row["gifts"])),
        services=tuple(Service.model_validate(service) for service in loads(row["services"])),
    )
