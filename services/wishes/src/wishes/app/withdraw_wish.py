"""The person who wished takes it back. Whoever had claimed it is free, and nobody is to blame."""

from uuid import UUID

from chassis.auth import Principal
from chassis.unit_of_work import UnitOfWork

from wishes.app.requests import Reason
from wishes.app.sight import require_hand
from wishes.app.store import WishStore
from wishes.app.views import WishView
from wishes.domain import intake as domain


async def withdraw_wish(
    uow: UnitOfWork, store: WishStore, who: Principal, wish_id: UUID, request: Reason
) -> WishView:
    """By staff of the area and by whoever handed it in online. Raises WrongState."""
    async with uow as tx:
        wish = await store.lock(tx, wish_id)
        require_hand(who, wish)
        uow.require_version(wish.version)
        claim = await store.find_claim(tx, wish.id)
        wish, claim, events = domain.withdraw(wish, claim, request.reason, uow.now)
        await store.save(tx, wish, events, uow.now, by=who.subject, claim=claim)
        return uow.reply(WishView.of(wish), version=wish.version)
