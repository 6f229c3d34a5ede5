"""Somebody takes a wish on, of their own will. Exactly one wins.

Nothing is locked. One statement writes the claim and all that follows from it, and fails as a whole
by the index `one_live_claim` for everybody but the first.
"""

import contextlib
from uuid import UUID

from chassis.auth import Principal
from chassis.errors import Transient
from chassis.ids import uuid7
from chassis.unit_of_work import UnitOfWork
from contracts.fields import Giver

from wishes.app.requests import ClaimIn
from wishes.app.store import WishStore
from wishes.app.views import ClaimView
from wishes.domain import wish as domain
from wishes.domain.errors import AlreadyClaimed, ChangedMeanwhile, GiverNotKnown
from wishes.domain.states import ClaimState, WishState
from wishes.domain.working_days import CONTACT_WITHIN, FULFIL_WITHIN, after_working_days

LOOKS = 5
"""How often a wish may change between a look at it and the claim, before the claimant is asked to wait."""


async def claim_wish(
    uow: UnitOfWork, store: WishStore, who: Principal, wish_id: UUID, request: ClaimIn
) -> ClaimView:
    """Raises AlreadyClaimed for everybody but the first, GiverNotKnown, WrongState."""
    giver = _giver(who, request.organisation_id)

    async def once() -> ClaimView:
        async with uow as tx:
            # Not locked: those who come late must not stand in a queue to hear that they are late.
            wish, known = await store.look(tx, wish_id, giver)
            if wish.state in (WishState.CLAIMED, WishState.DELIVERED):
                raise AlreadyClaimed
            if not known:
                raise GiverNotKnown
            claim = domain.Claim(
                id=uuid7(),
                wish_id=wish.id,
                state=ClaimState.LIVE,
                claimant=giver,
                claimed_by=who.subject,
                contact_by=after_working_days(uow.now, CONTACT_WITHIN),
                fulfil_by=after_working_days(uow.now, FULFIL_WITHIN),
            )
            wish, claim, events = domain.claim(wish, claim, uow.now)
            store.add_claim(tx, claim, uow.now)
            await store.save(tx, wish, events, uow.now, by=who.subject)
            return uow.reply(ClaimView.of(claim), version=wish.version)

    for _ in range(LOOKS):
        with contextlib.suppress(ChangedMeanwhile):
            return await once()
    raise Transient("the wish changed each time it was looked at")


def _giver(who: Principal, organisation_id: UUID | None) -> Giver:
    """The volunteer, or the unit that the person acts for."""
    if organisation_id is None:
        return Giver(kind="volunteer", id=who.subject)
    who.require_organisation(organisation_id)
    return Giver(kind="organisation", id=organisation_id)
