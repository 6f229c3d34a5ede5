"""The desk has told whoever looks after the wish now: resident units, the street, the district."""

from uuid import UUID

from chassis.auth import Principal
from chassis.unit_of_work import UnitOfWork

from wishes.app.desk_store import DeskStore
from wishes.app.requests_desk import HandOver
from wishes.app.store import WishStore
from wishes.app.views import WishView
from wishes.domain import queue as domain


async def hand_over(
    uow: UnitOfWork,
    store: WishStore,
    desk: DeskStore,
    who: Principal,
    wish_id: UUID,
    request: HandOver,
) -> WishView:
    """Out of the queue until the next level. Raises NothingToHandOver, ReferralUnanswered."""
    async with uow as tx:
        wish = await store.lock(tx, wish_id)
        who.require_scope(wish.area)
        uow.require_version(wish.version)
        wish, events = domain.hand_over(wish, request.handed_to, uow.now)
        await desk.hand_over(tx, wish, request.handed_to, request.note, who.subject, uow.now)
        await store.note(tx, wish, events, uow.now, by=who.subject)
        return uow.reply(WishView.of(wish), version=wish.version)
