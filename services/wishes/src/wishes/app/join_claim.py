"""A helper joins a claim, by an act of their own."""

from uuid import UUID

from chassis.auth import Principal
from chassis.unit_of_work import UnitOfWork

from wishes.app.store import WishStore
from wishes.app.views import ClaimView
from wishes.domain import wish as domain
from wishes.domain.errors import GiverNotKnown


async def join_claim(
    uow: UnitOfWork, store: WishStore, who: Principal, claim_id: UUID
) -> ClaimView:
    """Raises AlreadyJoined, GiverNotKnown, WrongState."""
    async with uow as tx:
        wish, claim = await store.lock_by_claim(tx, claim_id)
        if not await store.knows_giver(tx, who.subject, "volunteer"):
            raise GiverNotKnown
        wish, claim, events = domain.join(wish, claim, who.subject, uow.now)
        await store.add_helper(tx, claim.id, who.subject, uow.now)
        await store.save(tx, wish, events, uow.now, by=who.subject)
        return uow.reply(ClaimView.of(claim), version=wish.version)
