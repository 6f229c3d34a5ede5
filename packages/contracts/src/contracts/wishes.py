"""Events of the wish stream, published by wishes. Key: the wish's id."""

from typing import Annotated, Literal

from pydantic import Field

from contracts.fields import (
    AreaCode,
    CardNo,
    Category,
    Channel,
    Code,
    Effort,
    EventData,
    Flag,
    Gift,
    Giver,
    Id,
    Privacy,
    Service,
    Time,
)

FollowUpReason = Annotated[
    Literal["too_bright", "wrong_size", "does_not_work", "not_enough", "other"], Privacy.CODE
]
ConfirmationMethod = Annotated[Literal["code", "call", "visit"], Privacy.CODE]
CountsAs = Annotated[Literal["first", "fit"], Privacy.CODE]
"""`fit`: a follow-up that made an earlier help fit; it is not a second family served."""


class WishEvent(EventData):
    wish_id: Id
    area: AreaCode


class WishSubmitted(WishEvent):
    card_no: CardNo
    category: Category
    channel: Channel
    beneficiary_id: Id
    by_proxy: Flag
    follows_wish_id: Id | None = None
    follow_up_reason: FollowUpReason | None = None
    submitted_at: Time


class WishVerified(WishEvent):
    verified_by: Id
    method: Annotated[Literal["phone", "visit"], Privacy.CODE]
    verified_at: Time


class WishReturned(WishEvent):
    returned_by: Id
    reason: Code
    returned_at: Time


class WishPosted(WishEvent):
    card_no: CardNo
    category: Category
    effort: Effort
    leaf: Annotated[int, Field(ge=0, le=319), Privacy.NUMBER]
    follows_wish_id: Id | None = None
    posted_by: Id
    posted_at: Time


class WishClaimed(WishEvent):
    claim_id: Id
    beneficiary_id: Id
    category: Category
    claimant: Giver
    claimed_by: Id
    """The person who acted: the volunteer, or the unit's contact for an organisation."""
    contact_by: Time
    fulfil_by: Time
    claimed_at: Time


class ClaimJoined(WishEvent):
    """A helper joined a claim by an act of their own: nobody is put down by somebody else."""

    claim_id: Id
    volunteer_id: Id
    joined_at: Time


class ClaimReleased(WishEvent):
    claim_id: Id
    claimant: Giver
    helpers: tuple[Id, ...] = ()
    reason: Annotated[Literal["given_back"], Privacy.CODE]
    released_at: Time


class WishDelivered(WishEvent):
    claim_id: Id
    beneficiary_id: Id
    claimant: Giver
    helpers: tuple[Id, ...] = ()
    gifts: tuple[Gift, ...] = ()
    services: tuple[Service, ...] = ()
    delivered_at: Time


class WishFulfilled(WishEvent):
    """The beneficiary has said that it is done; points, hours and gifts follow from this."""

    claim_id: Id
    beneficiary_id: Id
    category: Category
    counts_as: CountsAs
    follows_wish_id: Id | None = None
    method: ConfirmationMethod
    claimant: Giver
    helpers: tuple[Id, ...] = ()
    gifts: tuple[Gift, ...] = ()
    services: tuple[Service, ...] = ()
    fulfilled_at: Time


class WishReopened(WishEvent):
    claim_id: Id
    claimant: Giver
    helpers: tuple[Id, ...] = ()
    was: Annotated[Literal["delivered", "fulfilled"], Privacy.CODE]
    reason: Code
    fulfilled_event_id: Id | None = None
    """When `was` is fulfilled: the WishFulfilled that no longer stands, for the reversal."""
    reopened_at: Time


class WishWithdrawn(WishEvent):
    reason: Code
    withdrawn_at: Time
