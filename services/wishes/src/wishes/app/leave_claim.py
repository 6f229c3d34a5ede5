"""One of several goes, the others go on."""

from uuid import UUID

from chassis.auth import Principal
from chassis.unit_of_work import UnitOfWork

from wishes.app.claim_wish import giver_of
from wishes.app.requests import LeaveIn
from wishes.app.store import WishStore
from wishes.app.views import ClaimView
from wishes.domain import claiming as domain
from wishes.domain.errors import NotTheClaimant


async def leave_claim(
    uow: UnitOfWork, store: WishStore, who: Principal, claim_id: UUID, request: LeaveIn
) -> ClaimView:
    """Raises NotTheClaimant for a stranger, LastPartner for the last one, who gives back; WrongState."""
    giver = giver_of(who, request.organisation_id)
    async with uow as tx:
        wish, claim = await store.lock_by_claim(tx, claim_id)
        if giver not in claim.partners:
            raise NotTheClaimant
        wish, claim, events = domain.leave(wish, claim, giver, uow.now)
        await store.drop_partner(tx, claim, giver)
        await store.save(tx, wish, events, uow.now, by=who.subject, claim=claim)
        return uow.reply(ClaimView.of(claim), version=wish.version)
