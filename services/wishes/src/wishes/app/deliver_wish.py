"""The claimant says: done. What was given, and who gave how much of their time."""

from uuid import UUID

from chassis.auth import Principal
from chassis.unit_of_work import UnitOfWork
from contracts.fields import Gift, Giver, Service

from wishes.app.release_claim import require_claimant
from wishes.app.requests import Delivery
from wishes.app.store import WishStore
from wishes.app.views import ClaimView
from wishes.domain import wish as domain


async def deliver_wish(
    uow: UnitOfWork, store: WishStore, who: Principal, claim_id: UUID, request: Delivery
) -> ClaimView:
    """Raises NothingDelivered, NotAPartner, NotTheClaimant, WrongState."""
    async with uow as tx:
        wish, claim = await store.lock_by_claim(tx, claim_id)
        require_claimant(who, claim)
        members: frozenset[UUID] = frozenset()
        if claim.claimant.kind == "organisation":
            named = [service.volunteer_id for service in request.services]
            members = await store.members(tx, claim.claimant.id, named)
        gifts = [
            Gift(
                giver=Giver(kind=gift.giver.kind, id=gift.giver.id),
                item=gift.item,
                quantity=gift.quantity,
                value_fen=gift.value_fen,
            )
            for gift in request.gifts
        ]
        wish, claim, events = domain.deliver(wish, claim, gifts, _summed(request), members, uow.now)
        await store.add_delivery(tx, claim, [gift.name for gift in request.gifts], uow.now)
        await store.save(tx, wish, events, uow.now, claim)
        return uow.reply(ClaimView.of(claim), version=wish.version)


def _summed(request: Delivery) -> list[Service]:
    """One line a volunteer, even where somebody is named twice."""
    minutes: dict[UUID, int] = {}
    for service in request.services:
        minutes[service.volunteer_id] = minutes.get(service.volunteer_id, 0) + service.minutes
    return [Service(volunteer_id=who, minutes=total) for who, total in sorted(minutes.items())]
