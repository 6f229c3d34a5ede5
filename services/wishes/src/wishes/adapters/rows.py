"""Columns of a wish and of a claim, and what the domain makes of a row of them."""

from chassis.db import Row
from contracts.fields import Gift, Giver, Service
from orjson import loads

from wishes.domain.states import ClaimState, WishState
from wishes.domain.wish import Claim, Wish

COLUMNS = """id, card_no, area, category, channel, beneficiary_id, state, version, effort,
    proxy_id is not null as by_proxy, follows_wish_id, follow_up_reason, verified_by, published_by,
    leaf, hanging, fulfilled_event_id"""
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
