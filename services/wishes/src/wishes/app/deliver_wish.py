"""The claimant says: done. What was given, and who gave how much of their time."""

from uuid import UUID

from chassis.auth import Principal
from chassis.privacy import Vault
from chassis.unit_of_work import UnitOfWork
from contracts.fields import Gift, Giver, Service

from wishes.app.release_claim import require_claimant
from wishes.app.requests import Delivery, GiftIn
from wishes.app.store import WishStore
from wishes.app.views import ClaimView
from wishes.domain import wish as domain


async def deliver_wish(
    uow: UnitOfWork,
    store: WishStore,
    vault: Vault,
    who: Principal,
    claim_id: UUID,
    request: Delivery,
) -> ClaimView:
    """Raises NothingDelivered, NotAPartner, NotTheClaimant, WrongState."""
    async with uow as tx:
        wish, claim = await store.lock_by_claim(tx, claim_id)
        require_claimant(who, claim)
        members = await store.members(tx, claim.claimant.id, _people(request))
        gifts = [_gift(gift) for gift in request.gifts]
        wish, claim, events = domain.deliver(wish, claim, gifts, _summed(request), members, uow.now)
        # What it was called may say who it was for: medicine, a wheelchair.
        names = {f"gift_{line}": gift.name for line, gift in enumerate(request.gifts, start=1)}
        sealed = await vault.seal(tx, wish.beneficiary_id, names)
        await store.add_delivery(tx, claim, [sealed[line] or b"" for line in names])
        await store.save(tx, wish, events, uow.now, by=who.subject, claim=claim)
        return uow.reply(ClaimView.of(claim), version=wish.version)


def _gift(given: GiftIn) -> Gift:
    giver = Giver(kind=given.giver.kind, id=given.giver.id)
    return Gift(giver=giver, item=given.item, quantity=given.quantity, value_fen=given.value_fen)


def _people(request: Delivery) -> list[UUID]:
    gave = [gift.giver.id for gift in request.gifts if gift.giver.kind == "volunteer"]
    return [*gave, *(service.volunteer_id for service in request.services)]


def _summed(request: Delivery) -> list[Service]:
    """One line a volunteer, even where somebody is named twice."""
    minutes: dict[UUID, int] = {}
    for service in request.services:
        minutes[service.volunteer_id] = minutes.get(service.volunteer_id, 0) + service.minutes
    return [Service(volunteer_id=who, minutes=total) for who, total in sorted(minutes.items())]
