"""Wishes in PostgreSQL: named SQL with explicit columns."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from chassis.db import Transaction
from chassis.ids import uuid7
from contracts.fields import EventData, Giver
from contracts.wishes import WishFulfilled

from wishes.adapters.rows import CLAIM_COLUMNS, COLUMNS, CURRENT_CLAIM, claim_of, wish_of
from wishes.app.store import Person, Private, Told, Tries
from wishes.domain.errors import (
    AlreadyClaimed,
    CardNumberTaken,
    ChangedMeanwhile,
    NoSuchClaim,
    NoSuchPerson,
    NoSuchWish,
)
from wishes.domain.leaf import PLACES
from wishes.domain.wish import Claim, Events, Wish

BLOSSOMS_STAY = timedelta(days=90)

LOCK = f"select {COLUMNS} from wish where id = $1 for update"
LOOK = f"""
select {COLUMNS}, exists (select from giver where id = $2 and kind = $3 and active) as known
from wish where id = $1
"""
BY_CARD = "select id, code_hash from wish where card_no = $1"
LOCK_BY_CLAIM = f"""
select {COLUMNS} from wish where id = (select wish_id from claim where id = $1) for update
"""
CLAIM_BY_ID = f"select {CLAIM_COLUMNS} from claim c where c.id = $1"
BENEFICIARIES = """
select id, area, name, phone, address from beneficiary where id = any($1) order by id
"""
BENEFICIARY = "select id, area, name, phone, address from beneficiary where id = $1"
ADD_BENEFICIARY = """
insert into beneficiary (id, area, name, phone, address, created_at) values ($1, $2, $3, $4, $5, $6)
"""
ADD_WISH = """
insert into wish (id, card_no, code_hash, area, category, channel, state, version, beneficiary_id,
    words, proxy_id, proxy_name, proxy_phone, proxy_relation, consent_kind, consent_reference,
    consent_given_at, follows_wish_id, follow_up_reason, submitted_at, effort)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21)
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
# A blossom that somebody reopens at this moment is skipped: it is an open wish again.
FALL_OLD = """
update wish set hanging = false where id in (
    select id from wish where area = $1 and hanging and state = 'fulfilled' and fulfilled_at < $2
    for update skip locked
)
"""
FALL_ONE = """
update wish set hanging = false where id in (
    select id from wish where area = $1 and hanging and state = 'fulfilled'
    order by fulfilled_at limit 1 for update skip locked
)
"""
ADD_CARD = "update wish set title = $2, note = $3, posted_at = $4 where id = $1"
SAVE = """
update wish set state = $2, version = $3, effort = $4, verified_by = $5, published_by = $6, leaf = $7,
    hanging = $8, fulfilled_event_id = $9, fulfilled_at = case when $2 = 'fulfilled' then $10::timestamptz end
where id = $1
"""
SAVE_CLAIM = """
update claim set state = $2, delivered_at = case when $2 = 'delivered' then $3 else delivered_at end
where id = $1
"""
ADD_HISTORY = """
insert into wish_history (wish_id, version, event_id, event, by_id, at)
values ($1, $2, $3, $4, $5, $6)
"""
WORDS = "select words from wish where id = $1"
GIVER = "select true from giver where id = $1 and kind = $2 and active"
MEMBERS = """
select m.volunteer_id from membership m join giver g on g.id = m.volunteer_id and g.active
where m.organisation_id = $1 and m.volunteer_id = any($2)
"""
# The row is locked to the end of the transaction: guesses at one card stand in a queue.
COUNT_TRY = """
insert into card_tries as t (card_no, tries) values ($1, 1)
on conflict (card_no) do update set
    tries = case when t.locked_until <= $2 then 1 else t.tries + 1 end,
    locked_until = case when t.locked_until > $2 then t.locked_until end
returning tries, locked_until
"""
LOCK_CARD = "update card_tries set locked_until = $2 where card_no = $1"
FORGET_TRIES = "delete from card_tries where card_no = $1"

_Told = tuple[int, UUID, EventData]
"""An event with its version and its id."""


class PostgresWishStore:
    """See app/store.py. Holds nothing: everything happens in the transaction that is handed in."""

    async def lock(self, tx: Transaction, wish_id: UUID) -> Wish:
        row = await tx.fetchrow(LOCK, wish_id)
        if row is None:
            raise NoSuchWish
        return wish_of(row)

    async def look(self, tx: Transaction, wish_id: UUID, giver: Giver) -> tuple[Wish, bool]:
        row = await tx.look(LOOK, wish_id, giver.id, giver.kind)
        if row is None:
            raise NoSuchWish
        return wish_of(row), row["known"]

    async def lock_by_claim(self, tx: Transaction, claim_id: UUID) -> tuple[Wish, Claim]:
        row = await tx.fetchrow(LOCK_BY_CLAIM, claim_id)
        if row is None:
            raise NoSuchClaim
        # Read after the lock: before it, the claim may still be changed by somebody else.
        claim = await tx.fetchrow(CLAIM_BY_ID, claim_id)
        if claim is None:
            raise NoSuchClaim
        return wish_of(row), claim_of(claim)

    async def wish_of_card(self, tx: Transaction, card_no: str) -> tuple[UUID, bytes] | None:
        row = await tx.fetchrow(BY_CARD, card_no)
        return (row["id"], bytes(row["code_hash"])) if row else None

    async def find_claim(self, tx: Transaction, wish_id: UUID) -> Claim | None:
        row = await tx.fetchrow(CURRENT_CLAIM, wish_id)
        return claim_of(row) if row else None

    async def claim_in_force(self, tx: Transaction, wish: Wish) -> Claim:
        claim = await self.find_claim(tx, wish.id)
        if claim is None:
            raise NoSuchClaim
        return claim

    async def beneficiary(self, tx: Transaction, person_id: UUID) -> Person:
        row = await tx.fetchrow(BENEFICIARY, person_id)
        if row is None:
            raise NoSuchPerson
        return Person(row["id"], row["area"], row["name"], row["phone"], row["address"])

    async def beneficiaries(self, tx: Transaction, ids: Sequence[UUID]) -> list[Person]:
        rows = await tx.fetch(BENEFICIARIES, ids)
        return [Person(r["id"], r["area"], r["name"], r["phone"], r["address"]) for r in rows]

    def add_beneficiary(self, tx: Transaction, person: Person, now: datetime) -> None:
        tx.write(
            ADD_BENEFICIARY, person.id, person.area, person.name, person.phone, person.address, now
        )

    def add(
        self,
        tx: Transaction,
        wish: Wish,
        private: Private,
        events: Events,
        now: datetime,
        *,
        by: UUID,
    ) -> None:
        tx.write(
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
            wish.effort,
            refused={"wish_card_no_key": CardNumberTaken},
        )
        _write_down(tx, wish.id, _tell(tx, wish, events), now, by)

    async def add_verification(
        self, tx: Transaction, wish_id: UUID, by: UUID, method: str, now: datetime
    ) -> None:
        await tx.execute(ADD_VERIFICATION, wish_id, now, by, method)

    def add_claim(self, tx: Transaction, claim: Claim, now: datetime) -> None:
        tx.write(
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
            refused={"one_live_claim": AlreadyClaimed},
        )

    async def add_helper(self, tx: Transaction, claim_id: UUID, who: UUID, now: datetime) -> None:
        await tx.execute(ADD_HELPER, claim_id, who, now)

    async def add_delivery(self, tx: Transaction, claim: Claim, names: Collection[bytes]) -> None:
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

    async def hanging(self, tx: Transaction, area: str, now: datetime) -> set[int]:
        await tx.execute(LOCK_TREE, area)
        await tx.execute(FALL_OLD, area, now - BLOSSOMS_STAY)
        places = await self._places(tx, area)
        if len(places) >= PLACES:
            await tx.execute(FALL_ONE, area)
            places = await self._places(tx, area)
        return places

    async def _places(self, tx: Transaction, area: str) -> set[int]:
        return {row["leaf"] for row in await tx.fetch(HANGING, area)}

    async def add_card(
        self, tx: Transaction, wish: Wish, title: str, note: str | None, now: datetime
    ) -> None:
        await tx.execute(ADD_CARD, wish.id, title, note, now)

    async def save(
        self,
        tx: Transaction,
        wish: Wish,
        events: Events,
        now: datetime,
        *,
        by: UUID | None = None,
        claim: Claim | None = None,
    ) -> None:
        if claim is not None:
            tx.write(SAVE_CLAIM, claim.id, claim.state, now)
        told = _tell(tx, wish, events)
        tx.write(
            SAVE,
            wish.id,
            wish.state,
            wish.version,
            wish.effort,
            wish.verified_by,
            wish.published_by,
            wish.leaf,
            wish.hanging,
            _fulfilment(told) or wish.fulfilled_event_id,
            now,
        )
        _write_down(tx, wish.id, told, now, by)

    async def words(self, tx: Transaction, wish_id: UUID) -> bytes:
        return bytes(await tx.fetchval(WORDS, wish_id))

    async def knows_giver(self, tx: Transaction, giver_id: UUID, kind: str) -> bool:
        return bool(await tx.fetchval(GIVER, giver_id, kind))

    async def members(
        self, tx: Transaction, organisation_id: UUID, among: Collection[UUID]
    ) -> frozenset[UUID]:
        rows = await tx.fetch(MEMBERS, organisation_id, list(among))
        return frozenset(row["volunteer_id"] for row in rows)

    async def count_try(self, tx: Transaction, card_no: str, now: datetime) -> Tries:
        row = await tx.fetchrow(COUNT_TRY, card_no, now)
        if row is None:
            raise RuntimeError("insert … returning gave no row")
        return Tries(row["tries"], row["locked_until"])

    async def lock_card(self, tx: Transaction, card_no: str, until: datetime) -> None:
        await tx.execute(LOCK_CARD, card_no, until)

    async def forget_tries(self, tx: Transaction, card_no: str) -> None:
        await tx.execute(FORGET_TRIES, card_no)


def _tell(tx: Transaction, wish: Wish, events: Events) -> list[_Told]:
    """Emit the events, whose last one makes the wish's version."""
    first = wish.version - len(events) + 1
    return [
        (version, tx.emit(event, key=wish.id, version=version), event)
        for version, event in enumerate(events, start=first)
    ]


def _fulfilment(told: list[_Told]) -> UUID | None:
    return next((event_id for _, event_id, event in told if isinstance(event, WishFulfilled)), None)


def _write_down(
    tx: Transaction, wish_id: UUID, told: list[_Told], now: datetime, by: UUID | None
) -> None:
    for version, event_id, event in told:
        tx.write(
            *(ADD_HISTORY, wish_id, version, event_id, type(event).__name__, by, now),
            # One writer for each version: the others looked at what is no more.
            refused={"wish_history_pkey": ChangedMeanwhile},
        )
