"""Columns of a wish and of a claim, and what the domain makes of a row of them."""

from uuid import UUID

from chassis.db import Row
from contracts.fields import Gift, Giver, Service
from contracts.wishes import Pledge
from orjson import loads

from wishes.domain.states import ClaimState, WishState
from wishes.domain.wish import Claim, Given, Wish

COLUMNS = """id, card_no, area, category, channel, beneficiary_id, state, version, effort,
    proxy_id is not null as by_proxy, follows_wish_id, follow_up_reason, verified_by, published_by,
    leaf, hanging, may_hang, fulfilled_event_id, rule_id, posted_at, level, offered_kind, offered_id,
    offered_until, programme_id, asks, two_people, minor, author_id, callback, open_complaints,
    due_at, handed_level, desk_level"""
GIFTS = """coalesce(json_agg(json_build_object('giver',
        json_build_object('kind', g.giver_kind, 'id', g.giver_id), 'item', g.item,
        'quantity', g.quantity, 'value_fen', g.value_fen) order by g.claim_id, g.line), '[]')"""
SERVICES = """coalesce(json_agg(json_build_object('volunteer_id', s.volunteer_id,
        'minutes', s.minutes) order by s.claim_id, s.volunteer_id), '[]')"""
CLAIM_COLUMNS = f"""c.id, c.wish_id, c.state, c.claimant_kind, c.claimant_id, c.claimed_by,
    c.contact_by, c.fulfil_by, c.warned, c.extensions, c.asked_until, c.asked_reason,
    c.answer_by, c.due_at, c.ended_as, c.evidence,
    array(select volunteer_id from claim_helper h where h.claim_id = c.id order by joined_at, 1)
        as helpers,
    array(select organisation_id from claim_unit u where u.claim_id = c.id
        order by joined_at, organisation_id) as units,
    array(select joined_by from claim_unit u where u.claim_id = c.id
        order by joined_at, organisation_id) as contacts,
    (select coalesce(json_agg(json_build_array(
        json_build_object('kind', giver_kind, 'id', giver_id), json_build_object('kind', kind,
        'value_fen', value_fen, 'minutes', minutes)) order by line), '[]') from pledge p
        where p.claim_id = c.id)::text as pledges,
    (select {GIFTS} from gift g where g.claim_id = c.id)::text as gifts,
    (select {SERVICES} from service s where s.claim_id = c.id)::text as services"""
CURRENT_CLAIM = f"""
select {CLAIM_COLUMNS} from claim c where c.wish_id = $1 and c.state <> 'released'
"""
"""At most one row: index one_live_claim."""


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
        hanging=row["hanging"],
        may_hang=row["may_hang"],
        fulfilled_event_id=row["fulfilled_event_id"],
        rule_id=row["rule_id"],
        posted_at=row["posted_at"],
        level=row["level"],
        handed_level=row["handed_level"],
        desk_level=row["desk_level"],
        offered_to=_giver(row["offered_kind"], row["offered_id"]),
        offered_until=row["offered_until"],
        programme_id=row["programme_id"],
        asks=tuple(row["asks"]),
        two_people=row["two_people"],
        minor=row["minor"],
        author_id=row["author_id"],
        callback=row["callback"],
        open_complaints=row["open_complaints"],
        due_at=row["due_at"],
    )


def claim_of(row: Row) -> Claim:
    given = given_of(row)
    return Claim(
        id=row["id"],
        wish_id=row["wish_id"],
        state=ClaimState(row["state"]),
        claimant=Giver(kind=row["claimant_kind"], id=row["claimant_id"]),
        claimed_by=row["claimed_by"],
        contact_by=row["contact_by"],
        fulfil_by=row["fulfil_by"],
        helpers=tuple(row["helpers"]),
        units=tuple(row["units"]),
        contacts=tuple(row["contacts"]),
        pledges=tuple(
            (Giver.model_validate(giver), Pledge.model_validate(pledge))
            for giver, pledge in loads(row["pledges"])
        ),
        gifts=given.gifts,
        evidence=tuple(row["evidence"]),
        services=given.services,
        warned=row["warned"],
        extensions=row["extensions"],
        asked_until=row["asked_until"],
        asked_reason=row["asked_reason"],
        answer_by=row["answer_by"],
        due_at=row["due_at"],
        ended_as=row["ended_as"],
    )


def given_of(row: Row) -> Given:
    return Given(
        tuple(Gift.model_validate(gift) for gift in loads(row["gifts"])),
        tuple(Service.model_validate(service) for service in loads(row["services"])),
    )


def _giver(kind: str | None, id_: UUID | None) -> Giver | None:
    return Giver.model_validate({"kind": kind, "id": id_}) if id_ is not None else None
