"""Wishes in PostgreSQL: named SQL with explicit columns."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from chassis.db import Row, Transaction
from chassis.errors import Transient
from chassis.ids import uuid7
from contracts.fields import EventData, Giver
from contracts.wishes import ClaimLapsed, WishFulfilled

from wishes.adapters.people import SAME_AS_PERSON
from wishes.adapters.rows import (
    CLAIM_COLUMNS,
    COLUMNS,
    CURRENT_CLAIM,
    GIFTS,
    SERVICES,
    claim_of,
    given_of,
    wish_of,
)
from wishes.app.store import Person, Private, Sight, Told, Tries
from wishes.domain.errors import (
    AlreadyClaimed,
    BuildingUnknown,
    CardNumberTaken,
    ChangedMeanwhile,
    NoSuchClaim,
    NoSuchPerson,
    NoSuchWish,
)
from wishes.domain.leaf import PLACES
from wishes.domain.person import RULE
from wishes.domain.queue import queue_of
from wishes.domain.states import WishState
from wishes.domain.wish import Claim, Events, Given, Wish

BLOSSOMS_STAY = timedelta(days=90)

LOCK = f"select {COLUMNS} from wish where id = $1 for update"
# A follow-up that is written twice has PostgreSQL look at the key of the wish that it follows: whoever hangs
# it up would wait for `for update`, and we for them.
LOCK_WITH_FOLLOW_UPS = f"""
select {COLUMNS} from wish where id = $1 or follows_wish_id = $1 order by id for no key update
"""
# One question for all that a claim depends on: the claimant, what they can do, whose wish it is, and
# which of their places are taken. Each part costs more to set up than to answer.
LOOK = f"""
select {COLUMNS}, exists (select from giver where id = $2 and kind = $3 and active) as known,
    array(
        select ask from qualification
        where volunteer_id = $2 and (valid_until is null or valid_until > $5)
    ) as qualified,
    exists (
        select from beneficiary o where o.account_id = $4 and {SAME_AS_PERSON}
    ) as own,
    exists (
        select from household_member h join beneficiary o on o.household_id = h.household_id
        where h.volunteer_id = $4 and {SAME_AS_PERSON}
    ) as household,
    coalesce(author_id = $4, false) or exists (
        select from speaker s where s.wish_id = $1 and s.account_id = $4
    ) as wrote,
    coalesce($4 = any(code_seen_by), false) as saw_code,
    array(select number from place where giver_id = $2 order by number) as taken
from wish left join lateral (
    select b.area as lives_in, coalesce(b.person_index, uuid_send(b.id)) as known_by
    from beneficiary b where b.id = wish.beneficiary_id
) as person on true
where id = $1
"""
INVITATION = """
select id from invitation
where id = $1 and wish_id = $2 and invitee_id = $3 and invitee_kind = $4 and until > $5
"""
BY_CARD = "select id, code_hash from wish where card_no = $1"
# Two at once would both count nine.
LOCK_AUTHOR = "select pg_advisory_xact_lock(hashtext('wishes.author'), hashtext($1))"
WAITING_OF = "select count(*) from wish where author_id = $1 and state = 'submitted'"
CARD_NUMBERS = "select card_no from wish where card_no = any($1)"
LOCK_BY_CLAIM = f"""
select {COLUMNS} from wish where id = (select wish_id from claim where id = $1) for update
"""
CLAIM_BY_ID = f"select {CLAIM_COLUMNS} from claim c where c.id = $1"
# For messages: to who has taken back the consent to be served, none goes out.
BENEFICIARIES = """
select id, area, name, case when not stopped then phone end as phone, address, born, account_id
from beneficiary where id = any($1) order by id
"""
BENEFICIARY = """
select id, area, name, phone, address, born, account_id from beneficiary where id = $1
"""
ADD_BENEFICIARY = f"""
insert into beneficiary (id, area, name, phone, address, created_at, born, account_id, building_id,
    phone_index, address_index, person_index, index_rule)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, {RULE})
"""
# Who is erased stays so; of who never said stop no row is written.
GO_ON = """
update beneficiary set stopped = false where id = $1 and stopped and erased_at is null
"""
ADD_WISH = """
insert into wish (id, card_no, code_hash, area, category, channel, state, version, beneficiary_id,
    words, proxy_id, proxy_name, proxy_phone, proxy_relation, consent_kind, consent_reference,
    consent_given_at, follows_wish_id, follow_up_reason, submitted_at, effort, rule_id, asks,
    two_people, may_hang, queue, queue_since, minor, author_id, answers, consent_witness,
    consent_witness_relation, due_at, code_seen_by)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21,
    $22, $23, $24, $25, 'to_verify', $20, $26, $27, $28, $29, $30, $31, $32)
"""
ADD_VERIFICATION = """
insert into verification
    (wish_id, at, verified_by, method, identity_checked, need_checked, consent_checked)
values ($1, $2, $3, $4, true, true, true)
"""
ADD_CLAIM = """
insert into claim (id, wish_id, state, claimant_kind, claimant_id, claimed_by, contact_by, fulfil_by,
    claimed_at, due_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
"""
TAKE_PLACE = "insert into place (giver_id, number, claim_id) values ($1, $2, $3)"
# Who led it until a program of the release before let them leave has their place in it still.
JOIN_PLACE = f"{TAKE_PLACE} on conflict (claim_id, giver_id) do nothing"
ADD_HELPER = "insert into claim_helper (claim_id, volunteer_id, joined_at) values ($1, $2, $3)"
ADD_UNIT = """
insert into claim_unit (claim_id, organisation_id, joined_by, joined_at) values ($1, $2, $3, $4)
"""
ADD_PLEDGES = """
insert into pledge (claim_id, line, giver_kind, giver_id, kind, value_fen, minutes)
select $1, (select coalesce(max(line), 0) from pledge where claim_id = $1) + n, $2, $3, kind, fen, minutes
from unnest($4::text[], $5::int[], $6::int[]) with ordinality as row (kind, fen, minutes, n)
"""
# Whoever leaves, and whoever leads now, is no longer a helper; a pledge goes with its giver.
KEEP_HELPERS = "delete from claim_helper where claim_id = $1 and volunteer_id <> all($2)"
KEEP_UNITS = "delete from claim_unit where claim_id = $1 and organisation_id <> all($2)"
DROP_PLEDGES = "delete from pledge where claim_id = $1 and giver_id = $2"
LEAVE_PLACE = "delete from place where claim_id = $1 and giver_id = $2"
# Of a claim that comes to life again each takes their first free place: it must go on, whatever the rule
# says about how many.
COME_BACK = """
insert into place (giver_id, number, claim_id)
select giver, (
    select min(n) from generate_series(0, 1000) as n
    where not exists (select from place taken where taken.giver_id = giver and taken.number = n)
), $1
from unnest($2::uuid[]) as giver
where not exists (select from place held where held.claim_id = $1 and held.giver_id = giver)
order by giver
"""
ADD_GIFT = """
insert into gift (claim_id, line, giver_kind, giver_id, item, name, quantity, value_fen)
values ($1, $2, $3, $4, $5, $6, $7, $8)
"""
# Not their number: lines were taken back, others stayed.
NEXT_GIFT = "select coalesce(max(line), 0) + 1 from gift where claim_id = $1"
KEEP_SERVICE = """
insert into service (claim_id, volunteer_id, minutes) values ($1, $2, $3)
on conflict (claim_id, volunteer_id) do update set minutes = excluded.minutes
"""
# Who it was stays in undone_help, by trigger.
CLEAR_GIFTS = "delete from gift where claim_id = $1 and giver_id <> all($2)"
CLEAR_SERVICES = "delete from service where claim_id = $1 and volunteer_id <> all($2)"
ADD_CONFIRMATION = """
insert into confirmation (id, wish_id, claim_id, method, answer, reason, by_id, witness_name,
    witness_relation, note, at, witness_id, means)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
"""
# One publication at a time on one tree: two at once would choose the same place.
LOCK_TREE = "select pg_advisory_xact_lock(hashtext('wishes.tree'), hashtext($1))"
HANGING = "select leaf from wish where area = $1 and hanging"
# A blossom that somebody reopens at this moment is skipped: it is an open wish again.
FALL_OLD = """
update wish set hanging = false where id in (
    select id from wish
    where area = $1 and hanging and state in ('fulfilled', 'closed') and fulfilled_at < $2
    for update skip locked
)
"""
FALL_ONE = """
update wish set hanging = false where id in (
    select id from wish where area = $1 and hanging and state in ('fulfilled', 'closed')
    order by fulfilled_at limit 1 for update skip locked
)
"""
CARD = "select coalesce(title, '') as title, note from wish where id = $1"
ADD_CARD = "update wish set title = $2, note = $3 where id = $1"
SAVE = """
update wish set state = $2, version = $3, effort = $4, verified_by = $5, published_by = $6, leaf = $7,
    hanging = $8, fulfilled_event_id = $9,
    fulfilled_at = case when $9::uuid is not null then coalesce(fulfilled_at, $10::timestamptz) end,
    category = $11, rule_id = $12, may_hang = $13, posted_at = $14, level = $15, offered_kind = $16,
    offered_id = $17, offered_until = $18, programme_id = $19, asks = $20, two_people = $21,
    callback = $22, due_at = $23, queue = $24, minor = $25, desk_level = $26
where id = $1
"""
# All that a claim changes of its wish: the most frequent write of all, and the whole row is three times
# as much to send and to set up.
SAVE_CLAIMED = """
update wish set state = $2, version = $3, queue = $4, offered_kind = null, offered_id = null,
    offered_until = null, due_at = null
where id = $1
"""
# Whoever was asked to help is not waited for any more, however it was taken back.
END_REFERRAL = """
update referral set outcome = 'withdrawn', answered_at = $2 where wish_id = $1 and answered_at is null
"""
# Drawn, and never to be made: what is done with would stand in its list for ever.
DROP_CALLBACK = "delete from callback where wish_id = $1 and outcome is null"
SAVE_VERSION = "update wish set version = $2 where id = $1"
SAVE_CLAIM = """
update claim set state = $2, claimant_kind = $4, claimant_id = $5, claimed_by = $6, fulfil_by = $7,
    warned = $8, extensions = $9, asked_until = $10, asked_reason = $11, answer_by = $12, due_at = $13,
    ended_as = $14, evidence = $15,
    delivered_at = case when $2 = 'delivered' and state <> 'delivered' then $3 else delivered_at end,
    contacted_at = case when $2 = 'contacted' then coalesce(contacted_at, $3) else contacted_at end,
    ended_at = case when $2 = 'released' then $3 end
where id = $1
"""
# By the index claim_wish.
GIVEN_BEFORE = f"""
with ended as (select id from claim where wish_id = $1 and state = 'released')
select (select {GIFTS} from gift g join ended on ended.id = g.claim_id)::text as gifts,
    (select {SERVICES} from service s join ended on ended.id = s.claim_id)::text as services
"""
ADD_HISTORY = """
insert into wish_history (wish_id, version, event_id, event, by_id, at, reason)
values ($1, $2, $3, $4, $5, $6, $7)
"""
WORDS = "select words, answers from wish where id = $1"
KEEP_WORDS = """
update wish set words = coalesce($2, words), answers = case when $4 then $3 else answers end
where id = $1
"""
GIVER = "select true from giver where id = $1 and kind = $2 and active"
MEMBERS = """
select m.volunteer_id from membership m join giver g on g.id = m.volunteer_id and g.active
where m.organisation_id = any($1) and m.volunteer_id = any($2)
"""
# The row is locked to the end of the transaction: guesses at one card stand in a queue. The same guess again
# tells nobody anything new, and a slow line sends it again.
COUNT_TRY = """
insert into card_tries as t (card_no, tries, tried) values ($1, 1, $3)
on conflict (card_no) do update set
    tries = case when t.locked_until <= $2 then 1 when t.tried = $3 then t.tries else t.tries + 1 end,
    locked_until = case when t.locked_until > $2 then t.locked_until end, tried = $3
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

    async def lock_with_follow_ups(
        self, tx: Transaction, wish_id: UUID
    ) -> tuple[Wish, Sequence[Wish]]:
        locked = [wish_of(row) for row in await tx.fetch(LOCK_WITH_FOLLOW_UPS, wish_id)]
        for wish in locked:
            if wish.id == wish_id:
                return wish, [one for one in locked if one is not wish]
        raise NoSuchWish

    async def look(
        self,
        tx: Transaction,
        wish_id: UUID,
        giver: Giver,
        by: UUID,
        now: datetime,
        invitation: UUID | None = None,
    ) -> Sight:
        row = await tx.look(LOOK, wish_id, giver.id, giver.kind, by, now)
        if row is None:
            raise NoSuchWish
        wish, asked = wish_of(row), None
        if invitation is not None:
            asked = await tx.look(INVITATION, invitation, wish_id, giver.id, giver.kind, now)
        # A unit sends who can do it.
        alone = giver.kind == "volunteer"
        return Sight(
            wish,
            known=row["known"],
            missing=tuple(ask for ask in wish.asks if alone and ask not in row["qualified"]),
            own=row["own"],
            household=row["household"],
            wrote=row["wrote"],
            saw_code=row["saw_code"],
            taken=tuple(row["taken"]),
            invitation=asked and asked["id"],
        )

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

    async def waiting_of(self, tx: Transaction, author_id: UUID) -> int:
        await tx.execute(LOCK_AUTHOR, str(author_id))
        return int(await tx.fetchval(WAITING_OF, author_id))

    async def card_numbers_taken(self, tx: Transaction, among: Sequence[str]) -> set[str]:
        return {row["card_no"] for row in await tx.fetch(CARD_NUMBERS, among)}

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
        return _person(row)

    async def beneficiaries(self, tx: Transaction, ids: Sequence[UUID]) -> list[Person]:
        rows = await tx.fetch(BENEFICIARIES, ids)
        return [_person(row) for row in rows]

    def add_beneficiary(self, tx: Transaction, person: Person, now: datetime) -> None:
        found_by = person.indexes
        tx.write(
            ADD_BENEFICIARY,
            person.id,
            person.area,
            person.name,
            person.phone,
            person.address,
            now,
            person.born,
            person.account_id,
            person.building_id,
            found_by and found_by.phone,
            found_by and found_by.address,
            found_by and found_by.person,
            refused={"beneficiary_building": BuildingUnknown},
        )

    def go_on(self, tx: Transaction, person_id: UUID) -> None:
        tx.write(GO_ON, person_id)

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
            wish.rule_id,
            list(wish.asks),
            wish.two_people,
            wish.may_hang,
            wish.minor,
            wish.author_id,
            private.answers,
            private.consent_witness,
            private.consent_witness_relation,
            wish.due_at,
            # Whoever wrote it online is refused for that, and their account goes with an erasure.
            None if by == wish.author_id else [by],
            refused={"wish_card_no_key": CardNumberTaken},
        )
        _write_down(tx, wish.id, _tell(tx, wish, events), now, by)

    async def add_verification(
        self, tx: Transaction, wish_id: UUID, by: UUID, method: str, now: datetime
    ) -> None:
        await tx.execute(ADD_VERIFICATION, wish_id, now, by, method)

    def add_claim(
        self,
        tx: Transaction,
        wish: Wish,
        claim: Claim,
        events: Events,
        now: datetime,
        *,
        by: UUID,
        place: int,
    ) -> None:
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
            claim.due_at,
            refused={"one_live_claim": AlreadyClaimed},
        )
        _take_place(tx, TAKE_PLACE, claim, claim.claimant, place)
        _add_pledges(tx, claim, claim.claimant)
        told = _tell(tx, wish, events)
        tx.write(SAVE_CLAIMED, wish.id, wish.state, wish.version, queue_of(wish, claim))
        _write_down(tx, wish.id, told, now, by)

    async def add_partner(
        self, tx: Transaction, claim: Claim, who: Giver, by: UUID, now: datetime, *, place: int
    ) -> None:
        _take_place(tx, JOIN_PLACE, claim, who, place)
        if who.kind == "volunteer":
            await tx.execute(ADD_HELPER, claim.id, who.id, now)
        else:
            await tx.execute(ADD_UNIT, claim.id, who.id, by, now)
        _add_pledges(tx, claim, who)

    async def drop_partner(self, tx: Transaction, claim: Claim, who: Giver) -> None:
        await tx.execute(KEEP_HELPERS, claim.id, list(claim.helpers))
        await tx.execute(KEEP_UNITS, claim.id, list(claim.units))
        await tx.execute(DROP_PLEDGES, claim.id, who.id)
        await tx.execute(LEAVE_PLACE, claim.id, who.id)

    async def next_gift(self, tx: Transaction, claim_id: UUID) -> int:
        return await tx.fetchval(NEXT_GIFT, claim_id)

    async def add_delivery(self, tx: Transaction, claim: Claim, names: Mapping[int, bytes]) -> None:
        new = claim.gifts[len(claim.gifts) - len(names) :]
        gifts = [
            (claim.id, line, g.giver.kind, g.giver.id, g.item, name, g.quantity, g.value_fen)
            for g, (line, name) in zip(new, names.items(), strict=True)
        ]
        await tx.executemany(ADD_GIFT, gifts)
        services = [(claim.id, s.volunteer_id, s.minutes) for s in claim.services]
        await tx.executemany(KEEP_SERVICE, services)

    async def given_before(self, tx: Transaction, wish_id: UUID) -> Given:
        (row,) = await tx.fetch(GIVEN_BEFORE, wish_id)
        return given_of(row)

    async def clear_delivery(self, tx: Transaction, claim: Claim) -> None:
        await tx.execute(CLEAR_GIFTS, claim.id, [gift.giver.id for gift in claim.gifts])
        await tx.execute(CLEAR_SERVICES, claim.id, [one.volunteer_id for one in claim.services])

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
            told.witness,
            told.means,
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

    async def add_card(self, tx: Transaction, wish: Wish, title: str, note: str | None) -> None:
        await tx.execute(ADD_CARD, wish.id, title, note)

    async def card(self, tx: Transaction, wish_id: UUID) -> tuple[str, str | None]:
        (row,) = await tx.fetch(CARD, wish_id)
        return row["title"], row["note"]

    async def keep_words(
        self,
        tx: Transaction,
        wish_id: UUID,
        words: bytes | None,
        answers: bytes | None,
        *,
        asked_anew: bool,
    ) -> None:
        await tx.execute(KEEP_WORDS, wish_id, words, answers, asked_anew)

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
        if claim is None and wish.state is WishState.CLAIMED:
            raise RuntimeError("a claimed wish is saved with its claim: its queue follows from it")
        if claim is not None:
            _save_claim(tx, claim, now)
        _save_wish(tx, wish, claim, events, now, by)

    async def note(
        self, tx: Transaction, wish: Wish, events: Events, now: datetime, *, by: UUID | None = None
    ) -> None:
        told = _tell(tx, wish, events)
        tx.write(SAVE_VERSION, wish.id, wish.version)
        _write_down(tx, wish.id, told, now, by)

    async def words(self, tx: Transaction, wish_id: UUID) -> tuple[bytes, bytes | None]:
        row = await tx.fetchrow(WORDS, wish_id)
        if row is None:
            raise NoSuchWish
        return row["words"], row["answers"]

    async def knows_giver(self, tx: Transaction, giver: Giver) -> bool:
        return bool(await tx.fetchval(GIVER, giver.id, giver.kind))

    async def members(
        self, tx: Transaction, organisations: Collection[UUID], among: Collection[UUID]
    ) -> frozenset[UUID]:
        rows = await tx.fetch(MEMBERS, list(organisations), list(among))
        return frozenset(row["volunteer_id"] for row in rows)

    async def count_try(self, tx: Transaction, card_no: str, guess: bytes, now: datetime) -> Tries:
        row = await tx.fetchrow(COUNT_TRY, card_no, now, guess)
        if row is None:
            raise RuntimeError("insert … returning gave no row")
        return Tries(row["tries"], row["locked_until"])

    async def lock_card(self, tx: Transaction, card_no: str, until: datetime) -> None:
        await tx.execute(LOCK_CARD, card_no, until)

    async def forget_tries(self, tx: Transaction, card_no: str) -> None:
        await tx.execute(FORGET_TRIES, card_no)


def _person(row: Row) -> Person:
    return Person(
        row["id"],
        row["area"],
        row["name"],
        row["phone"],
        row["address"],
        row["born"],
        row["account_id"],
    )


def _save_wish(
    tx: Transaction,
    wish: Wish,
    claim: Claim | None,
    events: Events,
    now: datetime,
    by: UUID | None,
) -> None:
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
        wish.category,
        wish.rule_id,
        wish.may_hang,
        wish.posted_at,
        wish.level,
        wish.offered_to and wish.offered_to.kind,
        wish.offered_to and wish.offered_to.id,
        wish.offered_until,
        wish.programme_id,
        list(wish.asks),
        wish.two_people,
        wish.callback,
        wish.due_at,
        queue_of(wish, claim),
        wish.minor,
        wish.desk_level,
    )
    if wish.state is WishState.WITHDRAWN:
        tx.write(END_REFERRAL, wish.id, now)
    if wish.state in (WishState.WITHDRAWN, WishState.CLOSED):
        tx.write(DROP_CALLBACK, wish.id)
    _write_down(tx, wish.id, told, now, by)


def _save_claim(tx: Transaction, claim: Claim, now: datetime) -> None:
    tx.write(
        SAVE_CLAIM,
        claim.id,
        claim.state,
        now,
        claim.claimant.kind,
        claim.claimant.id,
        claim.claimed_by,
        claim.fulfil_by,
        claim.warned,
        claim.extensions,
        claim.asked_until,
        claim.asked_reason,
        claim.answer_by,
        claim.due_at,
        claim.ended_as,
        list(claim.evidence),
    )
    if claim.in_hand:
        # In one order: two claims of the same people that come back at once would wait for each other.
        givers = [partner.id for partner in claim.partners]
        # Somebody with several wishes is given two back at once: the second try finds another place.
        tx.write(COME_BACK, claim.id, givers, refused={"place_pkey": Transient})


def _take_place(tx: Transaction, sql: str, claim: Claim, giver: Giver, place: int) -> None:
    # The same person took another wish at this moment: look again, the place is taken.
    tx.write(sql, giver.id, place, claim.id, refused={"place_pkey": ChangedMeanwhile})


def _add_pledges(tx: Transaction, claim: Claim, giver: Giver) -> None:
    brought = [pledge for who, pledge in claim.pledges if who == giver]
    if brought:
        tx.write(
            ADD_PLEDGES,
            claim.id,
            giver.kind,
            giver.id,
            [pledge.kind for pledge in brought],
            [pledge.value_fen for pledge in brought],
            [pledge.minutes for pledge in brought],
        )


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
            *(
                ADD_HISTORY,
                wish_id,
                version,
                event_id,
                type(event).__name__,
                by,
                now,
                _reason(event),
            ),
            # One writer for each version: the others looked at what is no more.
            refused={"wish_history_pkey": ChangedMeanwhile},
        )


def _reason(event: EventData) -> str | None:
    """Why, as a code, where the event says it."""
    if isinstance(event, ClaimLapsed):
        return f"lapsed_{event.missed}"
    # Asking a model for a field that it does not have costs as much as a statement to queue.
    return vars(event).get("reason")
