"""What happens to a wish: each function takes the state and gives (new state, events).

`version` counts the events of the wish; the events of one act are numbered in the order given.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from contracts.fields import Category, Channel, Effort, EventData, Gift, Giver, Service
from contracts.wishes import (
    ClaimJoined,
    ClaimReleased,
    ConfirmationMethod,
    FollowUpReason,
    WishClaimed,
    WishDelivered,
    WishFulfilled,
    WishPosted,
    WishReopened,
    WishReturned,
    WishSubmitted,
    WishVerified,
    WishWithdrawn,
)

from wishes.domain.errors import AlreadyJoined, NotAPartner, NothingDelivered, SamePerson
from wishes.domain.states import ClaimState, WishAct, WishState, claim_after, wish_after

Events = tuple[EventData, ...]


@dataclass(frozen=True)
class Wish:
    """One wish. Holds no personal data: those are sealed beside it."""

    id: UUID
    card_no: str
    area: str
    category: Category
    channel: Channel
    beneficiary_id: UUID
    state: WishState
    version: int
    effort: Effort | None = None
    by_proxy: bool = False
    follows_wish_id: UUID | None = None
    follow_up_reason: FollowUpReason | None = None
    verified_by: UUID | None = None
    published_by: UUID | None = None
    leaf: int | None = None
    hanging: bool = False
    """On the tree. A fulfilled wish is a blossom, which falls when it is old or the tree is full."""
    fulfilled_event_id: UUID | None = None


@dataclass(frozen=True)
class Claim:
    """A promise by somebody of their own will, with those who joined and what was given."""

    id: UUID
    wish_id: UUID
    state: ClaimState
    claimant: Giver
    claimed_by: UUID
    contact_by: datetime
    fulfil_by: datetime
    helpers: tuple[UUID, ...] = ()
    gifts: tuple[Gift, ...] = ()
    services: tuple[Service, ...] = ()

    def holds(self, person: UUID) -> bool:
        """Whether the person claimed it, or joined."""
        return person in (self.claimed_by, self.claimant.id, *self.helpers)

    def involves(self, person: UUID) -> bool:
        """Whether the person had any part in the help."""
        return (
            self.holds(person)
            or any(gift.giver.id == person for gift in self.gifts)
            or any(service.volunteer_id == person for service in self.services)
        )


def submit(wish: Wish, now: datetime) -> tuple[Wish, Events]:
    """A wish comes in. Before, it has version 0: no event yet."""
    event = WishSubmitted(
        wish_id=wish.id,
        area=wish.area,
        card_no=wish.card_no,
        category=wish.category,
        channel=wish.channel,
        beneficiary_id=wish.beneficiary_id,
        by_proxy=wish.by_proxy,
        follows_wish_id=wish.follows_wish_id,
        follow_up_reason=wish.follow_up_reason,
        submitted_at=now,
    )
    return replace(wish, version=wish.version + 1), (event,)


def verify(wish: Wish, by: UUID, method: str, now: datetime) -> tuple[Wish, Events]:
    event = WishVerified(
        wish_id=wish.id,
        area=wish.area,
        verified_by=by,
        method="phone" if method == "phone" else "visit",
        verified_at=now,
    )
    return _next(wish, WishAct.VERIFY, verified_by=by), (event,)


def send_back(wish: Wish, by: UUID, reason: str, now: datetime) -> tuple[Wish, Events]:
    """Back to whoever brought it, with why."""
    event = WishReturned(
        wish_id=wish.id, area=wish.area, returned_by=by, reason=reason, returned_at=now
    )
    return _next(wish, WishAct.RETURN), (event,)


def publish(wish: Wish, by: UUID, effort: Effort, leaf: int, now: datetime) -> tuple[Wish, Events]:
    """Hang it on the tree. Raises SamePerson: two pairs of eyes see every card."""
    after = _next(wish, WishAct.PUBLISH, published_by=by, effort=effort, leaf=leaf, hanging=True)
    if by == wish.verified_by:
        raise SamePerson
    event = WishPosted(
        wish_id=wish.id,
        area=wish.area,
        card_no=wish.card_no,
        category=wish.category,
        effort=effort,
        leaf=leaf,
        follows_wish_id=wish.follows_wish_id,
        posted_by=by,
        posted_at=now,
    )
    return after, (event,)


def claim(wish: Wish, promise: Claim, now: datetime) -> tuple[Wish, Claim, Events]:
    event = WishClaimed(
        wish_id=wish.id,
        area=wish.area,
        claim_id=promise.id,
        beneficiary_id=wish.beneficiary_id,
        category=wish.category,
        claimant=promise.claimant,
        claimed_by=promise.claimed_by,
        contact_by=promise.contact_by,
        fulfil_by=promise.fulfil_by,
        claimed_at=now,
    )
    return _next(wish, WishAct.CLAIM), promise, (event,)


def join(wish: Wish, promise: Claim, helper: UUID, now: datetime) -> tuple[Wish, Claim, Events]:
    """A helper joins by an act of their own."""
    after, joined = _next(wish, WishAct.JOIN), _with(promise, WishAct.JOIN)
    if promise.holds(helper):
        raise AlreadyJoined
    event = ClaimJoined(
        wish_id=wish.id, area=wish.area, claim_id=promise.id, volunteer_id=helper, joined_at=now
    )
    return after, replace(joined, helpers=(*promise.helpers, helper)), (event,)


def release(wish: Wish, promise: Claim, now: datetime) -> tuple[Wish, Claim, Events]:
    """Give it back, without blame."""
    event = ClaimReleased(
        wish_id=wish.id,
        area=wish.area,
        claim_id=promise.id,
        claimant=promise.claimant,
        helpers=promise.helpers,
        reason="given_back",
        released_at=now,
    )
    after = _next(wish, WishAct.RELEASE)
    return after, _with(promise, WishAct.RELEASE), (event,)


def deliver(
    wish: Wish,
    promise: Claim,
    gifts: Sequence[Gift],
    services: Sequence[Service],
    members: frozenset[UUID],
    now: datetime,
) -> tuple[Wish, Claim, Events]:
    """Said to be done. `members`: volunteers of the claiming unit, who may give time for it."""
    after = _next(wish, WishAct.DELIVER)
    done = _with(promise, WishAct.DELIVER)
    if not gifts and not services:
        raise NothingDelivered
    people = {*promise.helpers, *members}
    if promise.claimant.kind == "volunteer":
        people.add(promise.claimant.id)
    partners = [promise.claimant, *(Giver(kind="volunteer", id=person) for person in people)]
    if any(gift.giver not in partners for gift in gifts):
        raise NotAPartner
    if not {service.volunteer_id for service in services} <= people:
        raise NotAPartner
    done = replace(done, gifts=tuple(gifts), services=tuple(services))
    event = WishDelivered(
        wish_id=wish.id,
        area=wish.area,
        claim_id=promise.id,
        beneficiary_id=wish.beneficiary_id,
        claimant=promise.claimant,
        helpers=promise.helpers,
        gifts=done.gifts,
        services=done.services,
        delivered_at=now,
    )
    return after, done, (event,)


def confirm(
    wish: Wish, promise: Claim, method: ConfirmationMethod, now: datetime
) -> tuple[Wish, Claim, Events]:
    """The person helped says: done. A follow-up counts as `fit`, not as a second family."""
    event = WishFulfilled(
        wish_id=wish.id,
        area=wish.area,
        claim_id=promise.id,
        beneficiary_id=wish.beneficiary_id,
        category=wish.category,
        counts_as="fit" if wish.follows_wish_id else "first",
        follows_wish_id=wish.follows_wish_id,
        method=method,
        claimant=promise.claimant,
        helpers=promise.helpers,
        gifts=promise.gifts,
        services=promise.services,
        fulfilled_at=now,
    )
    return _next(wish, WishAct.CONFIRM), _with(promise, WishAct.CONFIRM), (event,)


def reopen(
    wish: Wish, promise: Claim, act: WishAct, reason: str, now: datetime
) -> tuple[Wish, Claim, Events]:
    """Not right: the wish goes on with the same claim. `act` is DISSATISFY or REOPEN."""
    event = WishReopened(
        wish_id=wish.id,
        area=wish.area,
        claim_id=promise.id,
        claimant=promise.claimant,
        helpers=promise.helpers,
        was="fulfilled" if act is WishAct.REOPEN else "delivered",
        reason=reason,
        fulfilled_event_id=wish.fulfilled_event_id if act is WishAct.REOPEN else None,
        reopened_at=now,
    )
    after = _next(wish, act, fulfilled_event_id=None)
    again = replace(_with(promise, act), gifts=(), services=())
    return after, again, (event,)


def withdraw(wish: Wish, reason: str, now: datetime) -> tuple[Wish, Events]:
    event = WishWithdrawn(wish_id=wish.id, area=wish.area, reason=reason, withdrawn_at=now)
    return _next(wish, WishAct.WITHDRAW, hanging=False), (event,)


def hang_again(wish: Wish, leaf: int) -> Wish:
    """A blossom that had fallen and was reopened waits again, so it must be seen again."""
    return replace(wish, leaf=leaf, hanging=True)


def _next(wish: Wish, act: WishAct, **changes: object) -> Wish:
    state = wish_after(wish.state, act)
    return replace(wish, state=state, version=wish.version + 1, **changes)  # pyright: ignore[reportArgumentType]


def _with(promise: Claim, act: WishAct) -> Claim:
    return replace(promise, state=claim_after(promise.state, act))
