"""Somebody takes a wish on, of their own will. Exactly one wins.

Nothing is locked. One statement writes the claim and all that follows from it, and fails as a whole
by the index `one_live_claim` for everybody but the first.
"""

import contextlib
from collections.abc import Awaitable, Callable, Collection
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from chassis.auth import Principal
from chassis.db import Transaction
from chassis.errors import Transient
from chassis.ids import uuid7
from chassis.unit_of_work import UnitOfWork
from contracts.fields import Giver
from contracts.wishes import Pledge

from wishes.app.people_store import PeopleStore
from wishes.app.requests import ClaimIn, PledgeIn
from wishes.app.store import Sight, WishStore
from wishes.app.terms import TermsBook
from wishes.app.views import ClaimView
from wishes.domain import claiming as domain
from wishes.domain.errors import (
    ChangedMeanwhile,
    CodeSeenByYou,
    GiverNotKnown,
    HouseholdWish,
    OwnWish,
    WrittenByYou,
)
from wishes.domain.rule import Terms, by_then
from wishes.domain.states import ClaimState
from wishes.domain.wish import Claim

T = TypeVar("T")

LOOKS = 5
"""How often a wish may change between a look at it and the claim, before the claimant is asked to wait."""


async def claim_wish(
    uow: UnitOfWork,
    store: WishStore,
    book: TermsBook,
    who: Principal,
    wish_id: UUID,
    request: ClaimIn,
) -> ClaimView:
    """An invitation gives no right and one that stands no more takes none.

    Raises AlreadyClaimed for everybody but the first, and what else may keep somebody from it:
    SentBack, KeptForAnother, GiverNotKnown, OwnWish, HouseholdWish, WrittenByYou, CodeSeenByYou,
    Unqualified, TooManyClaims, TooLarge, WrongState."""
    giver = giver_of(who, request.organisation_id)

    async def once() -> ClaimView:
        async with uow as tx:
            # Not locked: those who come late must not stand in a queue to hear that they are late.
            sight = await store.look(
                tx, wish_id, giver, who.subject, uow.now, request.invitation_id
            )
            terms = await book.of(tx, sight.wish.rule_id)
            place = _free_place(sight, giver, terms, uow.now)
            claim = Claim(
                id=uuid7(),
                wish_id=sight.wish.id,
                state=ClaimState.LIVE,
                claimant=giver,
                claimed_by=who.subject,
                contact_by=by_then(uow.now, terms.contact_days),
                fulfil_by=by_then(uow.now, terms.fulfil_days),
                pledges=tuple((giver, pledge_of(brought)) for brought in request.brings),
            )
            wish, claim, events = domain.claim(
                sight.wish, claim, terms, uow.now, invitation=sight.invitation
            )
            store.add_claim(tx, wish, claim, events, uow.now, by=who.subject, place=place)
            return uow.reply(ClaimView.of(claim), version=wish.version)

    return await until_unchanged(once)


async def until_unchanged(once: Callable[[], Awaitable[T]]) -> T:
    """`once`, and again while what it looked at was changed before it could write."""
    for _ in range(LOOKS):
        with contextlib.suppress(ChangedMeanwhile):
            return await once()
    raise Transient("it changed each time it was looked at")


def _free_place(sight: Sight, giver: Giver, terms: Terms, now: datetime) -> int:
    """The claimant's free place, where nothing keeps them from the wish."""
    domain.require_free(sight.wish, giver, now)
    require_fit(sight)
    return domain.require_room(sight.taken, terms)


def require_fit(sight: Sight) -> None:
    """Raises GiverNotKnown, OwnWish, HouseholdWish, WrittenByYou, CodeSeenByYou, Unqualified: for the
    lead and whoever joins, who may have to go on alone."""
    if not sight.known:
        raise GiverNotKnown
    require_stranger(
        own=sight.own, household=sight.household, wrote=sight.wrote, saw_code=sight.saw_code
    )
    domain.require_qualified(sight.missing)


def require_stranger(*, own: bool, household: bool, wrote: bool, saw_code: bool) -> None:
    """Raises OwnWish, HouseholdWish, WrittenByYou, CodeSeenByYou."""
    if own:
        raise OwnWish
    if household:
        raise HouseholdWish
    if wrote:
        raise WrittenByYou
    if saw_code:
        raise CodeSeenByYou


async def require_strangers(
    tx: Transaction, people: PeopleStore, wish_id: UUID, among: Collection[UUID]
) -> None:
    """The same for any of several, of whom nobody may have heard before: members of a unit.

    Raises OwnWish, HouseholdWish, WrittenByYou, CodeSeenByYou."""
    own, household, wrote, saw_code = await people.close_to(tx, wish_id, among)
    require_stranger(own=own, household=household, wrote=wrote, saw_code=saw_code)


def giver_of(who: Principal, organisation_id: UUID | None) -> Giver:
    """The volunteer, or the unit that the person acts for."""
    if organisation_id is None:
        return Giver(kind="volunteer", id=who.subject)
    who.require_organisation(organisation_id)
    return Giver(kind="organisation", id=organisation_id)


def pledge_of(brought: PledgeIn) -> Pledge:
    return Pledge(kind=brought.kind, value_fen=brought.value_fen, minutes=brought.minutes)
