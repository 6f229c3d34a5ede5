"""The member file is filled from what happened: claims, fulfilments, evaluations, credits.

However a claim ends without its wish being fulfilled (given back, its time over, the wish changed,
gone on without somebody), the card says until when and nothing else: not which, and no event to
look it up by. Nothing of it is held against anybody (FEATURES V4, V5, R7).
"""

from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

from chassis.consumer import one_by_one
from chassis.db import Transaction
from chassis.rebuild import ReadModel
from contracts import topics
from contracts.envelope import Event
from contracts.points import PointsCredited, PointsReversed
from contracts.wishes import (
    ClaimEnded,
    ClaimJoined,
    ClaimLapsed,
    ClaimLeft,
    ClaimReleased,
    WishClaimed,
    WishEvaluated,
    WishFulfilled,
    WishReopened,
)

SEE_CLAIM = """
insert into claim_seen (claim_id, wish_id, beneficiary_id) values ($1, $2, $3)
on conflict do nothing
"""
ADD_CONTACT = """
insert into contact_card (volunteer_id, claim_id, beneficiary_id, wish_id, since, event_id)
select $1, claim_id, beneficiary_id, wish_id, $3, $4 from claim_seen where claim_id = $2
on conflict (volunteer_id, claim_id) do update set until = null, event_id = excluded.event_id
where contact_card.until < excluded.since
"""
"""Who has left and joins again has the card again; an event that comes twice gives nothing back."""
FULFIL_CONTACT = """
update contact_card set until = $2, event_id = $3 where claim_id = $1 and until is null
"""
END_CONTACT = """
update contact_card set until = $2
where claim_id = $1 and until is null and ($3::uuid is null or volunteer_id = $3)
"""
# Not of those who had left before.
RENEW_CONTACT = """
update contact_card set until = null, event_id = $2
where claim_id = $1 and volunteer_id = any($3)
"""
ADD_ACTIVITY = """
insert into activity_card (volunteer_id, source_event_id, wish_id, category, part, minutes, at)
values ($1, $2, $3, $4, $5, $6, $7) on conflict do nothing
"""
TAKE_BACK_ACTIVITY = "delete from activity_card where source_event_id = $1"
ADD_FEEDBACK = """
insert into feedback_card (volunteer_id, event_id, wish_id, fact, at) values ($1, $2, $3, $4, $5)
on conflict do nothing
"""
# Of everybody who took part, in the order of the key.
ADD_EVALUATION = """
insert into feedback_card (volunteer_id, event_id, wish_id, fact, at, score)
select distinct volunteer_id, $2::uuid, wish_id, 'evaluated', $3::timestamptz, $4::smallint
from activity_card where wish_id = $1 order by volunteer_id on conflict do nothing
"""
ADD_SAVINGS = """
insert into savings_line (volunteer_id, event_id, wish_id, points, minutes, gift_value_fen, at)
values ($1, $2, $3, $4, $5, $6, $7) on conflict do nothing
"""


async def wish_claimed(tx: Transaction, event: Event[WishClaimed]) -> None:
    data = event.data
    await tx.execute(SEE_CLAIM, data.claim_id, data.wish_id, data.beneficiary_id)
    if data.claimant.kind == "volunteer":
        await tx.execute(ADD_CONTACT, data.claimant.id, data.claim_id, data.claimed_at, event.id)


async def claim_joined(tx: Transaction, event: Event[ClaimJoined]) -> None:
    data = event.data
    await tx.execute(ADD_CONTACT, data.volunteer_id, data.claim_id, data.joined_at, event.id)


async def claim_released(tx: Transaction, event: Event[ClaimReleased]) -> None:
    await tx.execute(END_CONTACT, event.data.claim_id, event.data.released_at, None)


async def claim_lapsed(tx: Transaction, event: Event[ClaimLapsed]) -> None:
    await tx.execute(END_CONTACT, event.data.claim_id, event.data.lapsed_at, None)


async def claim_ended(tx: Transaction, event: Event[ClaimEnded]) -> None:
    await tx.execute(END_CONTACT, event.data.claim_id, event.data.ended_at, None)


async def claim_left(tx: Transaction, event: Event[ClaimLeft]) -> None:
    """The card of whoever left ends; whoever leads now has had theirs since they joined."""
    data = event.data
    if data.left.kind == "volunteer":
        await tx.execute(END_CONTACT, data.claim_id, data.left_at, data.left.id)


async def wish_fulfilled(tx: Transaction, event: Event[WishFulfilled]) -> None:
    data = event.data
    await tx.execute(FULFIL_CONTACT, data.claim_id, data.fulfilled_at, event.id)
    for volunteer, part, minutes in sorted(_parts(data)):
        await tx.execute(
            ADD_ACTIVITY,
            volunteer,
            event.id,
            data.wish_id,
            data.category,
            part,
            minutes,
            data.fulfilled_at,
        )
        fact = "fit" if data.counts_as == "fit" else "fulfilled"
        await _feedback(tx, volunteer, event.id, data.wish_id, fact, data.fulfilled_at)


async def wish_reopened(tx: Transaction, event: Event[WishReopened]) -> None:
    data = event.data
    people = set(data.helpers)
    if data.claimant.kind == "volunteer":
        people.add(data.claimant.id)
    await tx.execute(RENEW_CONTACT, data.claim_id, event.id, sorted(people))
    if data.fulfilled_event_id is not None:
        await tx.execute(TAKE_BACK_ACTIVITY, data.fulfilled_event_id)
    for volunteer in sorted(people):
        await _feedback(tx, volunteer, event.id, data.wish_id, "reopened", data.reopened_at)


async def wish_evaluated(tx: Transaction, event: Event[WishEvaluated]) -> None:
    """One of the five blocks of the record (民政部令67 Art. 4, 10): said of this help, on this day."""
    data = event.data
    await tx.execute(ADD_EVALUATION, data.wish_id, event.id, data.evaluated_at, data.score)


async def points_credited(tx: Transaction, event: Event[PointsCredited]) -> None:
    await _savings(tx, event, 1, event.data.credited_at)


async def points_reversed(tx: Transaction, event: Event[PointsReversed]) -> None:
    await _savings(tx, event, -1, event.data.reversed_at)


def _parts(data: WishFulfilled) -> Iterator[tuple[UUID, str, int]]:
    """(volunteer, part, minutes) of everybody who took part, the unit itself left out."""
    minutes = {service.volunteer_id: service.minutes for service in data.services}
    if data.claimant.kind == "volunteer":
        yield data.claimant.id, "lead", minutes.pop(data.claimant.id, 0)
    for helper in data.helpers:
        yield helper, "helper", minutes.pop(helper, 0)
    for member, given in minutes.items():
        yield member, "member", given


async def _feedback(
    tx: Transaction, volunteer: UUID, event_id: UUID, wish: UUID, fact: str, at: datetime
) -> None:
    await tx.execute(ADD_FEEDBACK, volunteer, event_id, wish, fact, at)


async def _savings(
    tx: Transaction, event: Event[PointsCredited] | Event[PointsReversed], sign: int, at: datetime
) -> None:
    data = event.data
    if data.holder_kind == "volunteer":
        await tx.execute(
            ADD_SAVINGS,
            data.holder_id,
            event.id,
            data.wish_id,
            sign * data.points,
            sign * data.minutes,
            sign * data.gift_value_fen,
            at,
        )


HANDLERS = {
    WishClaimed: wish_claimed,
    ClaimJoined: claim_joined,
    ClaimReleased: claim_released,
    ClaimLapsed: claim_lapsed,
    ClaimEnded: claim_ended,
    ClaimLeft: claim_left,
    WishFulfilled: wish_fulfilled,
    WishReopened: wish_reopened,
    WishEvaluated: wish_evaluated,
    PointsCredited: points_credited,
    PointsReversed: points_reversed,
}
MEMBER_FILE = ReadModel(
    ("savings_line", "feedback_card", "activity_card", "contact_card", "claim_seen"),
    (topics.WISH.name, topics.POINTS.name),
    one_by_one(HANDLERS),
)
